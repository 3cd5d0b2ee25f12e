import { expect, it } from "vitest";
import { duration, formatOutcome } from "./report";

const steady = (value: number) => ({ median: value, lower: value, upper: value });

it("durations have three digits in the unit that suits", () => {
  expect([12.345, 0.0123, 4.567e-6].map(duration)).toEqual(["12.3 s", "12.3 ms", "4.57 us"]);
});

it("a table names every subject, its ratio, its trace, its memory, and each limit's verdict", () => {
  const text = formatOutcome({
    benchmark: "step",
    title: "A step",
    size: 8,
    sizeName: "n",
    work: { amount: 1234, unit: "tokens" },
    rounds: 5,
    rows: [
      {
        subject: "compiled",
        seconds: steady(0.1),
        ratio: steady(1),
        firstSeconds: 2,
        traced: "graph, 12 ops",
      },
      {
        subject: "PyTorch",
        seconds: steady(0.25),
        ratio: { median: 2.5, lower: 2.4, upper: 2.6 },
        firstSeconds: 3,
        peakBytes: 3 * 2 ** 20,
        baseBytes: 2 ** 20,
      },
    ],
    bars: [
      { text: "quick", value: "2.5 ×", pass: true },
      { text: "small", value: "3 MB", pass: false },
    ],
    leakedTensors: 2,
  });
  const lines = text.split("\n");
  expect(lines[0]).toBe("A step, n 8 (5 rounds)");
  expect(lines[1]).toMatch(
    /^ {2}compiled +100 ms \[100 ms, 100 ms\] +1 +12,300 tokens a second; graph, 12 ops, first call 2.00 s$/,
  );
  expect(lines[2]).toMatch(
    /^ {2}PyTorch .* 2\.50 × \[2\.40, 2\.60\] +4,940 tokens a second; peak 3 MB, 1 MB of it the runtime$/,
  );
  expect(lines.slice(3, 6)).toEqual([
    "  pass  quick: 2.5 ×",
    "  FAIL  small: 3 MB",
    "  FAIL  2 tensors are left over",
  ]);
});
