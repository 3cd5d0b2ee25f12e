import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { resolveConfig } from "../experiment/configuration";
import { execute } from "../experiment/execute";
import { specOf } from "../experiment/experiment";
import { RunStore } from "../experiment/store";
import { tf } from "../tensor";
import { BASELINE_NAMES, BASELINES } from "./baselines";
import { experiment } from "./baselinesExperiment";
import { rankingMetrics } from "./metrics";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(os.tmpdir(), "baselines-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const smoke = (overrides = {}) =>
  resolveConfig("baselines", experiment.configuration, "smoke", {
    simulatedUsers: 40,
    ...overrides,
  });

const withoutAttributes = BASELINE_NAMES.filter((name) => !("readsAttributes" in BASELINES[name]));

describe("every baseline runs", () => {
  test.each(withoutAttributes)(
    "%s",
    async (model) => {
      const before = tf.memory().numTensors;
      const outcome = await execute(experiment, smoke({ model }), 1, { store: new RunStore(folder) });
      if (outcome.status !== "finished") throw new Error(JSON.stringify(outcome));
      const { run } = outcome;
      expect(run.metrics["NDCG@10"]).toBe(rankingMetrics(run.array("ranks")).ndcg);
      expect(run.metrics).toMatchObject({ epochs: 2 });
      expect(run.metrics.parameters).toBeGreaterThan(100);
      expect(run.timings["epoch seconds"]).toBeGreaterThan(0);
      expect(tf.memory().numTensors).toBe(before);
    },
    120_000,
  );
});

test("a model of attributes on data without any says so", async () => {
  const outcome = await execute(experiment, smoke({ model: "FDSA" }), 1, { store: new RunStore(folder) });
  expect(outcome).toMatchObject({
    status: "failed",
    message: expect.stringMatching(/attributes|genres|known of the items/),
  });
});

test("what a model does not read does not count", () => {
  const spec = (overrides: object) => JSON.stringify(specOf(experiment, smoke(overrides), 1).config);
  expect(spec({ model: "NARM", batches: "prefix" })).toBe(spec({ model: "NARM", batches: "position" }));
  expect(spec({ model: "SASRec", prefixesPerUser: 7, pretrainEpochs: 9 })).toBe(spec({ model: "SASRec" }));
  expect(spec({ model: "S3-Rec", pretrainEpochs: 9 })).not.toBe(spec({ model: "S3-Rec" }));
  expect(spec({ model: "NARM", prefixesPerUser: 7 })).not.toBe(spec({ model: "NARM" }));
});
