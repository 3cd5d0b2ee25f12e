import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import os from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { runId } from "./identity";
import { type RunDraft, type RunProvenance, RunStore } from "./store";

let folder: string;
let warnings: string[];
let store: RunStore;
beforeEach(() => {
  folder = mkdtempSync(join(os.tmpdir(), "store-"));
  warnings = [];
  store = new RunStore(folder, (text) => warnings.push(text));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const provenance: RunProvenance = {
  commit: "abc",
  date: "2026-01-01T00:00:00Z",
  machine: "toy",
  seconds: 1.5,
  peakBytes: 1e6,
};
const spec = (seed: number) => ({ experiment: "toy", config: { rate: 3 }, seed });

function begin(seed: number): RunDraft {
  const begun = store.begin(spec(seed), runId(spec(seed), "c0de"), "c0de");
  if (!("draft" in begun)) throw new Error("expected a draft");
  return begun.draft;
}

function finish(seed: number) {
  const draft = begin(seed);
  draft.finish(
    {
      metrics: { ndcg: seed / 10, bad: Number.NaN },
      arrays: { ranks: Int32Array.of(1, 2, seed), ndcg: Float64Array.of(0.5) },
    },
    provenance,
  );
  return draft.id;
}

describe("a stored run", () => {
  test("comes back as it was", () => {
    const id = finish(1);
    const run = store.read("toy", id)!;
    expect(run).toMatchObject({
      id,
      experiment: "toy",
      config: { rate: 3 },
      seed: 1,
      code: "c0de",
      metrics: { ndcg: 0.1, bad: Number.NaN },
      provenance,
    });
    expect(run.array("ranks")).toEqual(Int32Array.of(1, 2, 1));
    expect(run.array("ndcg")).toEqual(Float64Array.of(0.5));
    expect(() => run.array("rank")).toThrow(/no array rank; it has ranks, ndcg/);
    expect(store.list().map((found) => found.id)).toEqual([id]);
    expect(store.list("other")).toEqual([]);
  });
  test("is not begun again", () => {
    const id = finish(1);
    expect(store.begin(spec(1), id, "c0de")).toMatchObject({ stored: { id } });
    expect(readdirSync(join(folder, "claims"))).toEqual([]);
  });
  test("is not there before it is finished, and is held while it is made", () => {
    const draft = begin(1);
    writeFileSync(join(draft.folder, "run.json"), "{");
    expect(store.read("toy", draft.id)).toBeUndefined();
    expect(store.begin(spec(1), draft.id, "c0de")).toMatchObject({ heldBy: { pid: process.pid } });
    expect(() => store.remove("toy", draft.id)).toThrow(/is making run/);
    draft.interrupt();
    expect(begin(1).folder).toBe(draft.folder);
  });
  test("can be removed", () => {
    const id = finish(1);
    store.remove("toy", id);
    expect(store.read("toy", id)).toBeUndefined();
    expect(warnings).toEqual([]);
    finish(1);
    expect(store.read("toy", id)).toBeDefined();
  });
});

test("a failure is noted until the run succeeds", () => {
  begin(2).fail("no luck");
  expect(store.failures()).toMatchObject([{ seed: 2, message: "no luck" }]);
  finish(2);
  expect(store.failures()).toEqual([]);
});

describe("a damaged folder is set aside and named", () => {
  test.each([
    ["nothing in it", undefined, /it has no run\.json/],
    ["half a file", '{"format": 1, "id"', /JSON/],
    [
      "no metrics",
      '{"format": 1, "id": "x", "experiment": "toy", "config": {}, "seed": 1, "code": "c"}',
      /no proper metrics/,
    ],
  ])("%s", (_, text, reason) => {
    const kept = finish(1);
    const damaged = join(folder, "done", "toy", "deadbeef");
    mkdirSync(damaged);
    if (text !== undefined) writeFileSync(join(damaged, "run.json"), text);
    expect(store.list().map(({ id }) => id)).toEqual([kept]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(reason);
    expect(warnings[0]).toContain(join(folder, "aside"));
    expect(existsSync(damaged)).toBe(false);
    expect(readdirSync(join(folder, "aside"))).toHaveLength(1);
  });
  test("an array of another length says so", () => {
    const run = store.read("toy", finish(1))!;
    writeFileSync(join(run.folder, "arrays", "ranks.bin"), "1234");
    expect(() => run.array("ranks")).toThrow(/has 4 bytes, not 3 numbers/);
  });
});

test("10,000 runs are listed and aggregated in less than 2 s", async () => {
  const count = 10_000;
  const write = async (seed: number) => {
    const id = runId(spec(seed), "c0de");
    const run = join(folder, "done", "toy", id);
    const record = {
      format: 1,
      id,
      ...spec(seed),
      code: "c0de",
      metrics: { ndcg: seed },
      timings: {},
      arrays: {},
      provenance,
    };
    await mkdir(run, { recursive: true });
    await writeFile(join(run, "run.json"), JSON.stringify(record));
  };
  for (let start = 0; start < count; start += 200) {
    await Promise.all(Array.from({ length: 200 }, (_, i) => write(start + i)));
  }
  // Processor time: the machine may be at other work too.
  const start = process.cpuUsage();
  const runs = store.list("toy");
  expect(runs.reduce((sum, { metrics }) => sum + metrics.ndcg, 0) / runs.length).toBe((count - 1) / 2);
  const { user, system } = process.cpuUsage(start);
  expect((user + system) / 1e6).toBeLessThan(2);
}, 300_000);
