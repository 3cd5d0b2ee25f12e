import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { withTemporaryFolder } from "../../../data/testing";
import { type ChatModel, ModelInputError } from "../../../llm/chat";
import { createTestClock, gate, settled } from "../../../llm/chat/testing";
import { ableModel, madeUpSet, samplesOf, TEST_SETTINGS } from "../testing";
import { type SampleBackend, ServerResting } from "./backend";
import { inProcessBackend } from "./inProcess";
import { drawSamples, type SamplingOptions, type SamplingOutcome } from "./run";
import { withSampleLog } from "./sampleLog";

const sets = [madeUpSet("EN", 3), madeUpSet("ZH", 3)];
const able = ableModel(sets, () => ({ right: 0.5 }));

interface Scene {
  readonly path: string;
  draw(options?: SamplingOptions & { samples?: number; backend?: SampleBackend }): Promise<SamplingOutcome>;
  /** Problem and number of each sample, in the log's order. */
  drawn(): Promise<string[]>;
}

async function scene(act: (scene: Scene) => Promise<void>): Promise<void> {
  await withTemporaryFolder(async (folder) => {
    const path = join(folder, "log.jsonl");
    await act({
      path,
      draw: ({ samples = 2, backend = inProcessBackend(able), ...options } = {}) =>
        withSampleLog(path, (log) =>
          drawSamples({ sets, samples, settings: TEST_SETTINGS }, backend, log, {
            concurrency: 1,
            ...options,
          }),
        ),
      drawn: async () =>
        (await samplesOf(path)).map(
          ({ problem, sample }) =>
            `${problem.slice(-1) === "N" ? "EN" : "ZH"}${problem.split("-")[2]} ${sample}`,
        ),
    });
  });
}

/** A model that fails, is slow, or both, before it is the able one. */
function delayed(before: (request: number, signal: AbortSignal) => Promise<void> | void): ChatModel {
  let requests = 0;
  return {
    ...able,
    async *complete(request, signal) {
      await before(++requests, signal);
      yield* able.complete(request, signal);
    },
  };
}

const ROUND = ["EN0", "ZH0", "EN1", "ZH1", "EN2", "ZH2"];
const FIRST = ROUND.map((name) => `${name} 0`);
const SECOND = ROUND.map((name) => `${name} 1`);

describe("drawSamples", () => {
  it("draws the plan in its order, once; more samples are drawn on top", async () => {
    await scene(async ({ draw, drawn, path }) => {
      const told: string[] = [];
      const onSample: SamplingOptions["onSample"] = ({ problem }, done, total) =>
        told.push(`${problem} ${done}/${total}`);
      const outcome = await draw({ onSample });
      expect(outcome).toEqual({
        ended: "complete",
        reason: "",
        answered: 12,
        failed: 0,
        left: 0,
        spent: { promptTokens: 84, completionTokens: 36, cost: 0 },
      });
      expect(await drawn()).toEqual([...FIRST, ...SECOND]);
      expect(told[2]).toBe("SYNTH-EASY-1-EN 3/12");
      const before = readFileSync(path, "utf8");
      expect(await draw()).toMatchObject({ ended: "complete", answered: 0, left: 0 });
      expect(readFileSync(path, "utf8")).toBe(before);
      expect(await draw({ samples: 3 })).toMatchObject({ answered: 6 });
      expect(await drawn()).toEqual([...FIRST, ...SECOND, ...ROUND.map((name) => `${name} 2`)]);
    });
  });

  it("writes first what the run is, anew only where it is another", async () => {
    await scene(async ({ draw, path }) => {
      await draw();
      await draw({ samples: 3 });
      await draw({ backend: inProcessBackend({ ...able, name: "other" }) });
      const lines = readFileSync(path, "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
      const runs = lines.filter(({ kind }) => kind === "run");
      expect(runs.map(({ model }) => model)).toEqual(["able", "other"]);
      expect(lines[0]).toMatchObject({
        backend: "in-process",
        settings: TEST_SETTINGS,
        synthetic: true,
        files: { "EN-EASY": "0".repeat(64), "ZH-EASY": "0".repeat(64) },
      });
      expect(lines[1].settingsId).toBe(lines[0].settingsId);
    });
  });

  it("several at a time, never more, the same samples", async () => {
    await scene(async ({ draw, path }) => {
      let [running, most] = [0, 0];
      const counting = delayed(async () => {
        most = Math.max(most, ++running);
        await settled();
        running--;
      });
      await draw({ concurrency: 3, backend: inProcessBackend(counting) });
      expect(most).toBe(3);
      const several = (await samplesOf(path)).map((record) => JSON.stringify(record)).sort();
      await scene(async (other) => {
        await other.draw();
        expect((await samplesOf(other.path)).map((record) => JSON.stringify(record)).sort()).toEqual(several);
      });
    });
  });

  it("told to stop, finishes what is under way, and begins nothing more", async () => {
    await scene(async ({ draw, drawn }) => {
      const stop = new AbortController();
      const stopping = delayed((request) => {
        if (request === 4) stop.abort();
      });
      const outcome = await draw({
        concurrency: 2,
        stop: stop.signal,
        backend: inProcessBackend(stopping),
      });
      expect(outcome).toMatchObject({
        ended: "cancelled",
        reason: "The run was stopped.",
        left: 12 - outcome.answered,
      });
      expect(outcome.answered).toBeGreaterThanOrEqual(4);
      expect(outcome.answered).toBeLessThan(6);
      expect(await drawn()).toEqual([...FIRST, ...SECOND].slice(0, outcome.answered));
    });
  });

  it("stops before the tokens run out, in order, over all calls; a larger budget goes on", async () => {
    await scene(async ({ draw, drawn }) => {
      // A sample may use its prompt by estimate and 50 tokens, and uses 10.
      const outcome = await draw({ budget: { tokens: 130 } });
      expect(outcome.ended).toBe("budget");
      expect(outcome.reason).toMatch(/tokens would come to \d+, the limit is 130/);
      const first = await drawn();
      expect(first).toEqual(FIRST.slice(0, first.length));
      expect(first.length).toBeGreaterThan(1);
      expect(outcome).toMatchObject({ answered: first.length, left: 12 - first.length });
      expect(outcome.spent.promptTokens + outcome.spent.completionTokens).toBe(10 * first.length);
      expect(await draw({ budget: { tokens: 130 } })).toMatchObject({ ended: "budget", answered: 0 });
      expect(await draw({ budget: { tokens: 10_000 } })).toMatchObject({ ended: "complete", left: 0 });
      expect(await drawn()).toEqual([...FIRST, ...SECOND]);
    });
  });

  it("stops before the money runs out, at the prices of prompts and completions", async () => {
    await scene(async ({ draw, path, drawn }) => {
      const prices = { input: 1_000, output: 10_000 }; // 0.007 + 0.03 a sample; at most about 0.54
      const outcome = await draw({ prices, budget: { cost: 0.7 }, concurrency: 4 });
      expect(outcome).toMatchObject({ ended: "budget" });
      expect(outcome.reason).toMatch(/cost would come to/);
      expect(await drawn()).toEqual(FIRST.slice(0, outcome.answered));
      expect(outcome.spent.cost).toBeCloseTo(0.037 * outcome.answered, 12);
      expect(outcome.answered).toBeGreaterThan(1);
      const costs = (await samplesOf(path)).map(({ cost }) => cost);
      expect(costs.reduce((a, b) => a + b)).toBeCloseTo(outcome.spent.cost, 12);
      await expect(draw({ budget: { cost: 1 } })).rejects.toThrow("A limit of cost needs prices");
    });
  });

  it("begins nothing after its time, and finishes what runs", async () => {
    await scene(async ({ draw, drawn }) => {
      const clock = createTestClock({ skip: true });
      const slow = delayed(() => clock.sleep(2_000));
      const outcome = await draw({ seconds: 5, clock, backend: inProcessBackend(slow) });
      expect(outcome).toMatchObject({ ended: "time", reason: "The 5 s are over.", answered: 3, left: 9 });
      expect(await drawn()).toEqual(FIRST.slice(0, 3)); // begun at 0, 2 and 4 s
    });
  });

  it("cancelled, it gives up what is under way; the next call draws that again", async () => {
    await scene(async ({ draw, drawn }) => {
      const cancel = new AbortController();
      const { promise: reached, open } = gate();
      const stuck = delayed(async (request, signal) => {
        if (request < 3) return;
        open();
        await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      });
      const outcome = draw({ signal: cancel.signal, backend: inProcessBackend(stuck) });
      await reached;
      cancel.abort(new Error("enough"));
      expect(await outcome).toMatchObject({ ended: "cancelled", answered: 2, failed: 0, left: 10 });
      expect(await draw({ signal: cancel.signal })).toMatchObject({ ended: "cancelled", answered: 0 });
      await draw();
      expect(await drawn()).toEqual([...FIRST, ...SECOND]);
    });
  });

  it("logs samples that fail, goes on, and tries them again next time", async () => {
    await scene(async ({ draw, path, drawn }) => {
      const picky = delayed((request) => {
        if (request === 2) throw new ModelInputError("It is too long.", "context_length_exceeded");
      });
      const outcome = await draw({ backend: inProcessBackend(picky) });
      expect(outcome).toMatchObject({
        ended: "complete",
        reason: "1 samples failed; the next run tries them again.",
        answered: 11,
        failed: 1,
        left: 1,
      });
      expect((await samplesOf(path))[1]).toMatchObject({ status: "failed", error: "It is too long." });
      expect(await draw()).toMatchObject({ ended: "complete", answered: 1, left: 0 });
      expect((await drawn()).slice(12)).toEqual(["ZH0 0"]);
    });
  });

  it("ends where too many fail in a row", async () => {
    await scene(async ({ draw }) => {
      const broken = delayed((request) => {
        if (request > 1) throw new ModelInputError("No.", "x");
      });
      const outcome = await draw({ mostFailures: 4, backend: inProcessBackend(broken) });
      expect(outcome).toMatchObject({
        ended: "unwell",
        reason: "4 samples failed in a row, the last one: No.",
        answered: 1,
        failed: 4,
        left: 11,
      });
    });
  });

  it("lets a server rest, once for all who hear of it, and ends where that does not help", async () => {
    await scene(async ({ draw, drawn }) => {
      const clock = createTestClock();
      let restUntil = Number.POSITIVE_INFINITY;
      let asked = 0;
      const inner = inProcessBackend(able);
      const backend: SampleBackend = {
        ...inner,
        async sample(request, signal) {
          asked++;
          if (clock.now() < restUntil) throw new ServerResting("It rests.", 60_000, undefined);
          return inner.sample(request, signal);
        },
      };
      const hopeless = draw({ clock, backend, concurrency: 2, mostRests: 2 });
      for (let k = 0; k < 2; k++) {
        await clock.asleep();
        await settled();
        await clock.advance(60_000);
      }
      expect(await hopeless).toMatchObject({
        ended: "unwell",
        reason: "It rests.",
        answered: 0,
        failed: 0,
        left: 12,
      });
      expect(asked).toBe(5); // twice both, then the first of them
      restUntil = clock.now() + 60_000;
      const patient = draw({ clock, backend, concurrency: 2, mostRests: 1 });
      await clock.asleep();
      await settled();
      await clock.advance(60_000);
      expect(await patient).toMatchObject({ ended: "complete", answered: 12 });
      expect([...(await drawn())].sort()).toEqual([...FIRST, ...SECOND].sort());
    });
  });

  it("throws what no further sample could mend, with the log whole", async () => {
    await scene(async ({ draw, drawn }) => {
      const faulty = delayed((request) => {
        if (request === 4) throw new TypeError("a fault of the program");
      });
      await expect(draw({ backend: inProcessBackend(faulty) })).rejects.toThrow("a fault of the program");
      expect(await drawn()).toEqual(FIRST.slice(0, 3));
      const endless: ChatModel = { ...able, async *complete() {} };
      await expect(draw({ backend: inProcessBackend(endless) })).rejects.toThrow(
        "The model able ended without a finish reason.",
      );
    });
  });
});
