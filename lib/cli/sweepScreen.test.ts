import { describe, expect, it } from "vitest";
import type { PlannedRun } from "../experiment/plan";
import type { SweepState } from "../experiment/sweep";
import { headline, sweepScreen } from "./sweepScreen";

const run = (label: string): PlannedRun => ({
  id: "0",
  experiment: "toy",
  entry: "toy.ts",
  config: {},
  seed: 1,
  code: "c",
  label,
  needs: [],
});

const state = (changes: Partial<SweepState> = {}): SweepState => ({
  total: 8,
  done: 3,
  failed: 0,
  running: [
    {
      run: run("slope 3.5, seed 1"),
      seconds: 12,
      progress: { done: 4, total: 10, note: "epoch 4, NDCG@10 0.25" },
    },
    { run: run("a label that is much longer than its column"), seconds: 1 },
  ],
  secondsLeft: 90,
  ...changes,
});

function screenOn(isTTY: boolean, columns = 100) {
  let text = "";
  let time = 0;
  const screen = sweepScreen({ write: (part) => (text += part), isTTY, columns }, () => time);
  return {
    screen,
    pass: (milliseconds: number) => {
      time += milliseconds;
    },
    take: () => {
      const taken = text;
      text = "";
      return taken;
    },
  };
}

describe("on a terminal", () => {
  it("draws a block, a line a worker, and draws the next one over it", () => {
    const { screen, take } = screenOn(true);
    screen.state(state());
    expect(take()).toBe(
      [
        "0:00  3 of 8 runs done, about 1:30 left",
        "  slope 3.5, seed 1                  ████████░░░░░░░░░░░░  40%  0:12  epoch 4, NDCG@10 0.25",
        "  a label that is much l… its column ░░░░░░░░░░░░░░░░░░░░   0%  0:01  starting",
        "",
      ].join("\n"),
    );
    screen.state(state({ running: [] }));
    expect(take().startsWith("\u001b[3A\u001b[0J0:00  3 of 8")).toBe(true);
    screen.end(run("slope 3.5, seed 1"), { status: "finished", seconds: 61 });
    expect(take()).toBe("\u001b[1A\u001b[0J✓ slope 3.5, seed 1  1:01\n");
    screen.stop();
    expect(take()).toBe("");
  });
});

it("of 80 columns keeps the seed and the time, and the parts of the note that there is room for", () => {
  const { screen, take } = screenOn(true, 80);
  const note = "epoch 52, validation NDCG@10 0.2884";
  const running = [
    {
      run: run("w/o state: what it builds on, seed 1"),
      seconds: 75,
      progress: { done: 52, total: 60, note },
    },
  ];
  screen.state(state({ running }));
  const [, line] = take().split("\n");
  expect(line).toBe("  w/o state: what it bui… on, seed 1 █████████░  86%  1:15  epoch 52");
});

describe("in a file", () => {
  it("writes a line a minute, and one for each run that ends", () => {
    const { screen, pass, take } = screenOn(false);
    screen.state(state());
    expect(take()).toBe("");
    screen.end(run("slope 3.6, seed 1"), { status: "failed", message: "no luck\n    at somewhere" });
    expect(take()).toBe("✗ slope 3.6, seed 1: no luck\n");
    pass(61_000);
    screen.state(state());
    expect(take()).toBe(
      "1:01  3 of 8 runs done, about 1:30 left; slope 3.5, seed 1 40%; a label that is much longer than its column starting\n",
    );
  });
});

it("counts failures, and leaves out a time that cannot be told", () => {
  expect(headline(state({ failed: 2, secondsLeft: undefined }))).toBe("3 of 8 runs done, 2 failed");
});
