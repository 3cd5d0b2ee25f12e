import { spawnSync } from "node:child_process";
import path from "node:path";
import { expect, it } from "vitest";
import known from "./tfjs-specs.json";

function run(...options: string[]): { status: number | null; output: string } {
  const script = path.join(__dirname, "tfjs-specs.cjs");
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...options], { encoding: "utf8" });
  return { status, output: stdout + stderr };
}

it("runs the specs of one name, those on tfjs-node's list of skipped ones that pass here too; the rest has a cause", () => {
  const { status, output } = run("--backend", "cpu", "--grep", "onv2d test-tensorflow");
  expect(output).toMatch(/\n +22 {2}tfjs-node refuses channels first in a fused convolution\n/);
  const [, passed, failed, skipped] = /\n(\d+) passed, (\d+) failed .*, (\d+) skipped/.exec(output) ?? [];
  expect([failed, skipped]).toEqual(["0", "22"]);
  expect(Number(passed)).toBeGreaterThan(21); // 21 of separableConv2d alone, all on the list
  expect(status).toBe(0);
});

it("the lists name each spec once and give every failure a cause", () => {
  expect(new Set(known.passing).size).toBe(known.passing.length);
  for (const cause of Object.values(known.failing)) expect(cause.length).toBeGreaterThan(20);
});
