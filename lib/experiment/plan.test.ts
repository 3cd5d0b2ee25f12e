import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { resolveConfig } from "./configuration";
import { execute } from "./execute";
import { type PlannedRun, planRuns, splitByState } from "./plan";
import { RunStore } from "./store";
import { experiment } from "./testing/toy";

const config = (change: object = {}) => ({
  ...resolveConfig("toy", experiment.configuration, "smoke"),
  pause: 0,
  ...change,
});
const labels = (runs: readonly PlannedRun[]) => runs.map(({ label }) => label);

test("the first seed of everything comes before the second of anything", () => {
  const configurations = [
    { label: "a", config: config({ rate: 3.5 }) },
    { label: "b", config: config({ rate: 3.6 }) },
  ];
  expect(labels(planRuns(experiment, configurations, [2, 1], "c"))).toEqual([
    "a, seed 2",
    "b, seed 2",
    "a, seed 1",
    "b, seed 1",
  ]);
});

test("what a run needs comes before it, with its seed, once for all that need it", () => {
  const configurations = [
    { label: "a", config: config({ rate: 3.5, builtOn: 3.7 }) },
    { label: "b", config: config({ rate: 3.6, builtOn: 3.7 }) },
    { label: "base", config: config({ rate: 3.7 }) },
  ];
  const runs = planRuns(experiment, configurations, [1, 2], "c");
  expect(labels(runs)).toEqual([
    "a: what it builds on, seed 1",
    "a, seed 1",
    "b, seed 1",
    "a: what it builds on, seed 2",
    "a, seed 2",
    "b, seed 2",
  ]);
  expect(runs.map(({ needs }) => needs)).toEqual([
    [],
    [runs[0].id],
    [runs[0].id],
    [],
    [runs[3].id],
    [runs[3].id],
  ]);
  expect(runs[0].config).toEqual(config({ rate: 3.7 }));
});

test("configurations that differ in nothing that matters are one run", () => {
  const configurations = [1, 2].map((pause) => ({ label: `${pause}`, config: config({ pause }) }));
  expect(labels(planRuns(experiment, configurations, [1], "c"))).toEqual(["1, seed 1"]);
});

test("another version of the code is another run", () => {
  const [a] = planRuns(experiment, [{ label: "a", config: config() }], [1], "c");
  const [b] = planRuns(experiment, [{ label: "a", config: config() }], [1], "d");
  expect(a.id).not.toBe(b.id);
  expect([a.code, b.code]).toEqual(["c", "d"]);
});

test("a run that needs itself, over another one, is refused by name", () => {
  const other = { 3.5: 3.6, 3.6: 3.5 } as Record<number, number>;
  const circular: typeof experiment = {
    ...experiment,
    needs: (from) => [{ ...from, rate: other[from.rate] }],
  };
  expect(() => planRuns(circular, [{ label: "snake", config: config({ rate: 3.5 }) }], [1], "c")).toThrow(
    /A run of toy says that it needs itself \(snake: /,
  );
});

test("splitByState: what is stored, and what is to be made, in their order", async () => {
  const folder = mkdtempSync(join(os.tmpdir(), "plan-"));
  try {
    const store = new RunStore(folder);
    const configurations = [3.5, 3.6, 3.7].map((rate) => ({ label: `${rate}`, config: config({ rate }) }));
    const runs = planRuns(experiment, configurations, [1], "c");
    await execute(experiment, configurations[1].config, 1, { store, code: "c" });
    const { stored, missing } = splitByState(runs, store);
    expect([labels(stored), labels(missing)]).toEqual([["3.6, seed 1"], ["3.5, seed 1", "3.7, seed 1"]]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
