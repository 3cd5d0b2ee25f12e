import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { makeLedger } from "../papers/t2arec";
import { t2aRecConfig } from "../papers/t2arec/config";
import { projectPaths } from "./paths";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(os.tmpdir(), "claims-"));
  vi.stubEnv("REPRISE_RUNS", join(folder, "runs"));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

/** The command line as a person types it. */
function claims(...args: string[]) {
  const { root } = projectPaths();
  const script = join(root, "scripts/reprise.cjs");
  const told = spawnSync(process.execPath, [script, "claims", ...args], { encoding: "utf8", cwd: root });
  return { code: told.status, out: told.stdout, err: told.stderr };
}

const SMALL = ["--preset", "smoke", "-p", "simulatedUsers=40", "-p", "epochs=1"];

it("without runs every claim is undecided, and the command that makes them is named", () => {
  const { code, out } = claims("t2arec", ...SMALL);
  expect(code).toBe(0);
  const rows = out.split("\n").filter((line) => /^C\d/.test(line));
  expect(rows.length).toBeGreaterThan(5);
  for (const row of rows) expect(row).toMatch(/ 0 +undecided +no /);
  expect(out).toMatch(/Runs are missing: npx reprise ablate t2arec makes them/);
});

it("a claim that has its runs shows effect, interval and p-value; as JSON the numbers are whole", async () => {
  const config = t2aRecConfig("smoke", { simulatedUsers: 40, epochs: 1 });
  await makeLedger(config, [1, 2, 3], ["noBoth", "noBothTest"]);
  const { out } = claims("t2arec", ...SMALL, "--seeds", "1-3");
  const number = String.raw`-?\d\.\d{4}`;
  expect(out).toMatch(
    new RegExp(`^C3 .* ${number} +${number} to ${number} +[\\d.e-]+ +3 +(supported|refuted|undecided)`, "m"),
  );
  expect(out).toMatch(/^C2 .*no runs of Mamba4Rec/m);
  const json = claims("t2arec", ...SMALL, "--seeds", "1-3", "--json").out;
  const verdicts: { claim: string; seeds: number; effect?: { pValue: number } }[] = JSON.parse(json);
  const { effect, seeds } = verdicts.find(({ claim }) => claim === "C3")!;
  expect(seeds).toBe(3);
  expect(effect?.pValue).toBeGreaterThanOrEqual(0);
  expect(verdicts.find(({ claim }) => claim === "C2")?.effect).toBeUndefined();
}, 240_000);

it.each([
  [["t2arek"], /^✗ there is no paper "t2arek"\n {2}→ did you mean t2arec/],
  [["t2arec", "-p", "epoch=1"], /^✗ .*did you mean epochs/],
])("%j is told without a stack", (args, message) => {
  const { code, out, err } = claims(...args);
  expect([code, out]).toEqual([1, ""]);
  expect(err).toMatch(message);
  expect(err).not.toMatch(/\n\s+at /);
});
