import { describe, expect, it } from "vitest";
import { Interrupted, type RunContext } from "../../experiment/experiment";
import { tf } from "../../tensor";
import { circuitRun } from "./circuitRun";
import { relevanceConfig } from "./config";

const config = relevanceConfig("smoke", { study: "trained circuit" });

function contextOf(signal = new AbortController().signal, progress: RunContext["progress"] = () => {}) {
  const logged: [number, Record<string, number>][] = [];
  const log = (step: number, values: Record<string, number>) => logged.push([step, values]);
  return { logged, context: { seed: 1, signal, log, progress } as unknown as RunContext };
}

describe("a circuit of a few updates", () => {
  // Its maps cannot be normalised, for clean and corrupted prompts have nearly the same d.
  it("has learned nothing, and says so with NaN", async () => {
    const { metrics, arrays } = await circuitRun(config, contextOf().context);
    const { accuracy, ...explained } = metrics;
    expect(accuracy).toBeLessThan(0.7);
    const names = [
      "recovered",
      "recovered, wrong",
      "recovered, empty",
      "recovered, identity",
      "swaps kept",
      "swaps flipped",
    ];
    expect(explained).toEqual(Object.fromEntries(names.map((name) => [name, Number.NaN])));
    const { loss, accuracy: fresh, ...counts } = arrays!;
    expect(counts).toEqual({ step: Float64Array.of(4), triples: Float64Array.of(1) });
    expect([loss.length, fresh.length]).toEqual([1, 1]);
  });

  it("tells of its updates, and leaves no tensor", async () => {
    const told: unknown[][] = [];
    const before = tf.memory().numTensors;
    const { context, logged } = contextOf(undefined, (...progress) => told.push(progress));
    await circuitRun(config, context).catch(() => undefined);
    expect(tf.memory().numTensors).toBe(before);
    expect(told).toEqual([[4, 4, "1 triples"]]);
    expect(logged.map(([step]) => step)).toEqual([4]);
    expect(Object.keys(logged[0][1])).toEqual(["loss", "accuracy"]);
  });

  it("that is asked to stop does, with nothing left", async () => {
    const stop = new AbortController();
    const before = tf.memory().numTensors;
    const { context } = contextOf(stop.signal, () => stop.abort());
    await expect(circuitRun({ ...config, trainingSteps: 200 }, context)).rejects.toThrow(Interrupted);
    expect(tf.memory().numTensors).toBe(before);
  });
});
