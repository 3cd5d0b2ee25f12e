import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, it } from "vitest";

it("the copy that RecBole reads is in time order, ties by line, with places for times", () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "prepare-"));
  try {
    const source = path.join(folder, "log.inter");
    const header = "user_id:token\titem_id:token\trating:float\ttimestamp:float";
    // 893286638 and 893286639 are one number in float32.
    const rows = [
      "u\tlate\t5\t893286639",
      "u\ttie1\t3\t893286638",
      "u\tbad\t2\t893286637",
      "u\ttie2\t4\t893286638",
    ];
    writeFileSync(source, `${[header, ...rows].join("\n")}\n`);
    const script =
      "import sys, json; sys.path.insert(0, sys.argv[1]); import measure; print(json.dumps(measure.prepare(sys.argv[2], sys.argv[3])))";
    const printed = execFileSync("python3", ["-c", script, __dirname, source, folder], {
      encoding: "utf8",
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" },
    });
    expect(JSON.parse(printed)).toEqual([
      ["u", "tie1"],
      ["u", "tie2"],
      ["u", "late"],
    ]);
    const copy = readFileSync(path.join(folder, "reprise-ml100k", "reprise-ml100k.inter"), "utf8");
    expect(copy.trim().split("\n")).toEqual([
      header,
      "u\tbad\t2\t0",
      "u\ttie1\t3\t1",
      "u\ttie2\t4\t2",
      "u\tlate\t5\t3",
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
