import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { Interrupted, type RunContext, specOf } from "../../experiment/experiment";
import { planRuns } from "../../experiment/plan";
import type { RunOutput, StoredRun } from "../../experiment/store";
import { tf } from "../../tensor";
import { type OlymMathConfig, olymMathConfig } from "./config";
import { experiment } from "./experiment";
import { readProblemFile } from "./problems/problemFile";
import { forEachSample } from "./sampling/sampleLog";
import { splitOfText } from "./synthetic/items";

type Change = Partial<OlymMathConfig>;
const smoke = (change: Change = {}) => olymMathConfig("smoke", change);

describe("a configuration counts as far as a run reads it", () => {
  const spec = (change: Change) => JSON.stringify(specOf(experiment, smoke(change), 1).config);
  test("at temperature 0 there is one sample", () => {
    expect(spec({ temperature: 0, samples: 9, topP: 0.5 })).toBe(spec({ temperature: 0 }));
    expect(spec({ samples: 9 })).not.toBe(spec({}));
    expect(spec({ topP: 0.5 })).not.toBe(spec({}));
  });
});

describe("a run builds on", () => {
  const needs = (change: Change) => experiment.needs?.(smoke(change));
  test.each<Change>([
    {},
    { chinese: 0.5 },
    { shortcuts: 0 },
    { samples: 9 },
    { problems: 9 },
    { maxTokens: 200 },
  ])("nothing: %o", (change) => expect(needs(change)).toEqual([]));
  test.each<Change>([{ temperature: 0 }, { temperature: 1 }, { maxTokens: 32 }, { topP: 0.5 }])(
    "the run that is trained alike, where only sampling is another: %o",
    (change) => {
      expect(needs({ chinese: 0.5, ...change })).toEqual([smoke({ chinese: 0.5 })]);
      expect(planRuns(experiment, [{ label: "", config: smoke(change) }], [1, 2])).toHaveLength(4);
    },
  );
});

describe("what cannot run says why", () => {
  const reason = (change: Change) => experiment.unable?.(smoke(change));
  test.each<[Change, string]>([
    [{ width: 18, heads: 2 }, "the width is shared by the heads in pairs: set width to a multiple of 4"],
    [{ examples: 7 }, "a batch has 8 examples; set examples=8 or more"],
    [{ checkEvery: 5 }, "nobody looks at the losses of 4 updates; set checkEvery=4 or less"],
  ])("%o", (change, why) => expect(reason(change)).toBe(why));
  test("every variant can run", () => {
    for (const { variants } of Object.values(experiment.ablations))
      for (const { name, change } of variants) expect(reason(change), name).toBeUndefined();
  });
});

describe("a run", () => {
  const folders: string[] = [];
  const folder = async () => {
    folders.push(await mkdtemp(join(tmpdir(), "olymmath-run-")));
    return folders[folders.length - 1];
  };
  afterAll(() => Promise.all(folders.map((one) => rm(one, { recursive: true }))));

  const asked: unknown[] = [];
  const run = async (change: Change, stored?: StoredRun, signal = new AbortController().signal) => {
    const place = await folder();
    const context = {
      ...{ seed: 1, folder: place, signal, log: () => {}, progress: () => {} },
      need: async (config: unknown) => {
        asked.push(config);
        return stored!;
      },
    } as unknown as RunContext;
    const config = smoke({ samples: 2, ...change });
    return { folder: place, output: await experiment.run(config, context) };
  };

  let tensors: number;
  let first: { folder: string; output: RunOutput };
  beforeAll(async () => {
    tensors = tf.memory().numTensors;
    first = await run({});
  });

  const arrayOf = (name: string) => [...first.output.arrays![name]];
  const mean = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0) / values.length;

  it("is a pure function of its configuration and seed, and frees what it made", async () => {
    const { metrics, arrays } = (await run({})).output;
    expect([metrics, arrays]).toEqual([first.output.metrics, first.output.arrays]);
    expect(tf.memory().numTensors).toBe(tensors);
    expect(asked).toEqual([]);
  });

  it("has arrays of problems by samples, from which its metrics follow", () => {
    const { metrics } = first.output;
    expect(arrayOf("family")).toEqual([0, 1, 2, 3, 4, 5]);
    expect(arrayOf("step")).toEqual([2, 4]);
    expect([metrics.loss, metrics["validation loss"]]).toEqual([
      arrayOf("loss")[1],
      arrayOf("validation")[1],
    ]);
    for (const language of ["EN", "ZH"]) {
      for (const name of ["correct", "trap", "boxed", "truncated", "tokens", "cluster"])
        expect(arrayOf(`${name} ${language}`)).toHaveLength(6 * 2);
      expect(metrics[`pass@1 ${language}`]).toBe(mean(arrayOf(`correct ${language}`)));
      expect(metrics[`tokens ${language}`]).toBe(mean(arrayOf(`tokens ${language}`)));
      expect(metrics[`boxed ${language}`]).toBe(mean(arrayOf(`boxed ${language}`)));
    }
    expect(metrics.gap).toBe(metrics["pass@1 EN"] - metrics["pass@1 ZH"]);
  });

  it("keeps its problems, none of which training has shown, and every sample", async () => {
    for (const language of ["EN", "ZH"]) {
      const set = await readProblemFile(join(first.folder, `problems-${language}.jsonl`));
      expect([set.name, set.synthetic, set.problems.length]).toEqual([`${language}-EASY`, true, 6]);
      if (language === "EN") for (const { text } of set.problems) expect(splitOfText(text)).toBe("test");
    }
    const places: string[] = [];
    await forEachSample(join(first.folder, "samples.jsonl"), ({ problem, sample, model }) => {
      expect(model).toBe("in-house-synthetic");
      places.push(`${problem} ${sample}`);
    });
    expect(new Set(places).size).toBe(2 * 6 * 2);
    expect(readFileSync(join(first.folder, "samples.jsonl"), "utf8")).toContain('"synthetic":true');
  });

  it("asks the weights of another run where only sampling is another", async () => {
    const stored = {
      folder: first.folder,
      metrics: first.output.metrics,
      array: (name: string) => first.output.arrays![name],
    } as unknown as StoredRun;
    const { metrics, arrays } = (await run({ temperature: 0, maxTokens: 3 }, stored)).output;
    expect(asked).toEqual([smoke({ samples: 2 })]);
    expect(metrics.loss).toBe(first.output.metrics.loss);
    expect(arrays!.validation).toEqual(first.output.arrays!.validation);
    expect(Math.max(...arrays!["tokens EN"])).toBeLessThanOrEqual(3);
    expect(arrays!["tokens EN"]).toHaveLength(6);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  /** Minutes of training. */
  it.runIf(process.env["REPRISE_SLOW"] !== undefined)(
    "of the preset cpu solves some problems that training has never shown, more of them in English",
    { timeout: 7_200_000 },
    async () => {
      const { metrics } = (await run(olymMathConfig("cpu"))).output;
      expect(metrics["pass@1 EN"]).toBeGreaterThan(0.2);
      expect(metrics["pass@1 EN"]).toBeLessThan(0.9);
      expect(metrics["gap"]).toBeGreaterThan(0.05);
      expect(metrics["pass@n EN"]).toBeGreaterThan(metrics["cons@n EN"]);
      expect(metrics["guess rate EN"]).toBeGreaterThan(0);
    },
  );

  it("stops where it is asked to, and leaves nothing behind in memory", async () => {
    const controller = new AbortController();
    controller.abort();
    await expect(run({}, undefined, controller.signal)).rejects.toBeInstanceOf(Interrupted);
    expect(tf.memory().numTensors).toBe(tensors);
  });
});
