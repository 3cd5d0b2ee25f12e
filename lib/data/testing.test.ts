import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { withTemporaryFolder, zip } from "./testing";

it("makes zip files that another program reads", async () => {
  await withTemporaryFolder(async (folder) => {
    const file = join(folder, "a.zip");
    writeFileSync(file, zip({ "a.txt": "first ".repeat(50), "b.raw": "second" }));
    const script =
      "import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print(z.testzip(), z.read('b.raw'), len(z.read('a.txt')))";
    expect(execFileSync("python3", ["-c", script, file], { encoding: "utf8" })).toBe("None b'second' 300\n");
  });
});
