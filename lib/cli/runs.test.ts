import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { resolveConfig } from "../experiment/configuration";
import { execute } from "../experiment/execute";
import { planRuns } from "../experiment/plan";
import { RunStore, type StoredRun } from "../experiment/store";
import { experiment } from "../experiment/testing/toy";
import { diffRuns, exportRuns, listRuns, removeRuns, showRun } from "./runs";
import { describePlan } from "./sweep";

let folder: string;
let first: StoredRun;
let second: StoredRun;
let printed: string;

const config = (rate: number) => ({
  ...resolveConfig("toy", experiment.configuration, "smoke"),
  rate,
  pause: 0,
});

async function made(rate: number): Promise<StoredRun> {
  const outcome = await execute(experiment, config(rate), 1, { code: "toy" });
  if (outcome.status !== "finished") throw new Error(outcome.status);
  return outcome.run;
}

beforeEach(async () => {
  folder = mkdtempSync(join(os.tmpdir(), "runs-"));
  vi.stubEnv("REPRISE_RUNS", join(folder, "store"));
  printed = "";
  vi.spyOn(console, "log").mockImplementation((text) => {
    printed += `${text}\n`;
  });
  [first, second] = [await made(3.5), await made(3.6)];
  await execute(experiment, { ...config(3.7), fails: "throws" }, 1, { code: "toy" });
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

describe("runs", () => {
  it("list: a row a run, and what failed", () => {
    expect(listRuns(undefined)).toBe(0);
    expect(printed).toContain(first.id.slice(0, 8));
    expect(printed).toContain(`final ${first.metrics.final.toFixed(4)}`);
    expect(printed).toMatch(/✗ [0-9a-f]{8} seed 1 failed: Error: half way is far enough/);
    printed = "";
    listRuns("toy", { json: true });
    expect(
      JSON.parse(printed)
        .runs.map(({ id }: StoredRun) => id)
        .sort(),
    ).toEqual([first.id, second.id].sort());
    listRuns("baselines");
    expect(printed).toContain("No runs of baselines");
    expect(() => listRuns("baseline")).toThrow(/no experiment "baseline"/);
  });

  it("show: configuration, results and the last steps, by the beginning of the name", () => {
    showRun(first.id.slice(0, 6));
    for (const part of [
      `Run ${first.id} of toy, seed 1`,
      "rate = 3.5",
      `final = ${first.metrics.final}`,
      "The last of 2 logged steps",
    ])
      expect(printed).toContain(part);
    expect(() => showRun("nothing")).toThrow(/there is no run "nothing"/);
    expect(() => showRun("")).toThrow(/begins the names of 2 runs/);
  });

  it("show, diff, remove: of a run that has failed there is its error", () => {
    const { id } = new RunStore().failures()[0];
    showRun(id);
    expect(printed).toMatch(/of toy, seed 1, has failed[\s\S]*rate = 3\.7[\s\S]*half way[\s\S]*\n +at /);
    expect(() => diffRuns(id, first.id)).toThrow(/has failed/);
    removeRuns([id]);
    expect(new RunStore().failures()).toEqual([]);
  });

  it("diff: the fields and results that differ, no others", () => {
    diffRuns(first.id, second.id);
    expect(printed).toMatch(/rate +3\.5 +3\.6/);
    expect(printed).toMatch(/→ final/);
    expect(printed).not.toMatch(/epochs|seed/);
    printed = "";
    diffRuns(first.id, first.id);
    expect(printed).toBe("The two runs are the same.\n");
  });

  it("remove", () => {
    removeRuns([first.id]);
    expect(new RunStore().list().map(({ id }) => id)).toEqual([second.id]);
  });

  it("export: to a file or folder that is not there yet", () => {
    exportRuns("csv", join(folder, "runs.csv"), "toy");
    expect(readFileSync(join(folder, "runs.csv"), "utf8").trim().split("\n")).toHaveLength(3);
    exportRuns("mlflow", join(folder, "mlruns"), undefined);
    expect(existsSync(join(folder, "mlruns"))).toBe(true);
    expect(() => exportRuns("mlflow", join(folder, "mlruns"), undefined)).toThrow(/is there already/);
    expect(() => exportRuns("excel", "x", undefined)).toThrow(/no format of an export/);
    expect(() => exportRuns("csv", "x", "t2arec")).toThrow(/no runs to export/);
    expect(() => exportRuns("csv", join(folder, "runs.csv"), "toy")).toThrow(/is there already/);
    expect(() => exportRuns("csv", join(folder, "runs.csv", "x"), "toy")).toThrow(/cannot be written/);
  });
});

it("a plan says what is stored and what is missing", () => {
  const configurations = [3.5, 3.9].map((rate) => ({ label: `slope ${rate}`, config: config(rate) }));
  const text = describePlan(planRuns(experiment, configurations, [1], "toy"), new RunStore());
  expect(text).toMatch(
    /^stored {3}[0-9a-f]{16} {2}slope 3\.5, seed 1\nmissing {2}[0-9a-f]{16} {2}slope 3\.9, seed 1\n\n1 of 2 runs are missing\.$/,
  );
});
