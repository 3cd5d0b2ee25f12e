import { expect, it } from "vitest";
import { tf } from "../lib/tensor";
import { runBenchmark } from "./run";
import { type Benchmark, fasterThan, noSlowerThan, torchSubject, type Workload } from "./workload";

/** Keeps the processor busy for some milliseconds, and notes that it did. */
function busy(name: string, milliseconds: number, log: string[], leak = false): Workload {
  return {
    run() {
      log.push(name);
      const end = performance.now() + milliseconds;
      while (performance.now() < end);
    },
    report: () => [],
    dispose() {
      if (leak) tf.scalar(1);
    },
  };
}

function benchmark(log: string[], leak = false): Benchmark {
  return {
    name: "busy",
    title: "Waiting",
    sizes: [0],
    variants: { short: () => busy("short", 1, log), long: () => busy("long", 4, log, leak) },
    runs: 2,
    torch: [""],
    bars: [
      fasterThan("short", "long", 2),
      fasterThan("short", "long", 100),
      noSlowerThan("short", "long", 0.5),
      noSlowerThan("long", "short", 1.5),
      fasterThan("short", torchSubject(""), 1),
      noSlowerThan("short", torchSubject(""), 1.5),
    ],
  };
}

const settings = { seconds: 0.05, progress: () => undefined };

it("subjects take turns; ratios and verdicts follow from their times", async () => {
  const log: string[] = [];
  const { rows, rounds, bars, leakedTensors } = await runBenchmark(benchmark(log), 0, settings);
  expect(rounds).toBeGreaterThanOrEqual(3);
  // The last rounds: one run to settle, two that count, of each subject in turn.
  expect(log.slice(-12).join(" ")).toBe("short short short long long long short short short long long long");
  expect(rows.map(({ subject }) => subject)).toEqual(["short", "long"]);
  expect(rows[0].ratio.median).toBe(1);
  expect(rows[1].ratio.median).toBeGreaterThan(2);
  expect(rows[1].seconds.median).toBeGreaterThanOrEqual(0.004);
  // The limit against PyTorch is left out where PyTorch is not measured.
  expect(bars.map(({ pass }) => pass)).toEqual([true, false, true, false]);
  expect(leakedTensors).toBe(0);
});

it("counts the tensors that a workload leaves behind", async () => {
  const { leakedTensors } = await runBenchmark(benchmark([], true), 0, settings);
  expect(leakedTensors).toBe(1);
});
