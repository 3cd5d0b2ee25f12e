import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { assertClose } from "../../tensor/testing";
import { countParameters } from "../../tensor/tree";
import { testSequentialModel } from "./contract";
import type { TrainingBatch } from "./sequentialModel";
import { fillWithWaves, toyBatch, variableAt } from "./testing";
import { type TiM4RecOptions, tiM4Rec } from "./tim4rec";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

/** Histories of 4, 2 and 1 events with their gaps in days, the last one to the target. */
function timedBatch(): TrainingBatch {
  return {
    ...toyBatch(),
    gaps: tf.tensor2d([
      [0, 0.5, 2, 0.25, 1],
      [0, 1.5, 3, 0, 0],
      [0, 2, 0, 0, 0],
    ]),
  };
}

const SIZES = { items: 6, windowLength: 4, dimensions: 4, headDimensions: 4, states: 3, inner: 6 };

// The expected numbers are those of the reference code's equations in PyTorch, float64, with a loop over time and padding masked.
describe("TiM4Rec against the reference", () => {
  const model = (options: Partial<TiM4RecOptions> = {}) => {
    const built = tiM4Rec({ ...SIZES, dropout: 0, timeDropout: 0, ...options }, Rng.key(1));
    fillWithWaves(built);
    return built;
  };
  // The first row is full: unmasked, as the reference code is, it gives the same numbers.
  const expected = [
    0.21241, 1.53654, -0.66889, -0.07325, 0.51096, 1.45995, -0.63762, -0.32922, -0.59065, 0.74237, -0.7833,
    1.57164,
  ];
  test.each(["quadratic", "chunked", "recurrence"] as const)("forward, %s", (form) => {
    const vectors = model({ form, chunk: 3 }).encode(timedBatch());
    assertClose(vectors.flatten(), expected, { absolute: 5e-5 });
  });
  test("forward with the time of prediction", () => {
    assertClose(
      model({ servingTime: true }).encode(timedBatch()).flatten(),
      [
        -0.83048, 1.49065, -0.66957, 0.5608, 1.07436, 1.28839, -0.63931, -0.50246, -0.63181, 0.7246, -0.77967,
        1.59227,
      ],
      { absolute: 5e-5 },
    );
  });
  test("loss and its gradients", () => {
    const built = model();
    const loss = () => built.loss(timedBatch(), Rng.key(1));
    assertClose(loss(), 2.074078, { relative: 1e-5 });
    const { grads } = tf.variableGrads(loss);
    const gradient = (path: string) => grads[variableAt(built, path).name].flatten();
    assertClose(
      gradient("items.table"),
      [
        0.09307, 0.50755, -0.2399, -0.00197, -0.15331, -0.31419, 0.09, 0.26508, 0.06911, 0.09109, -0.03016,
        0.00632, -0.3138, -0.53935, 0.90895, -0.27512, -0.03168, 0.07734, -0.06229, 0.08604, 0.83167,
        -0.53461, -1.38561, 1.14235, -0.06994, -0.58875, 0.07207, 0.30005,
      ],
      { absolute: 1e-4 },
    );
    assertClose(gradient("gapNorm.gain"), [-0.1179, -0.14414, 0.25563, -0.00257], { absolute: 1e-4 });
    assertClose(gradient("timeResiduals.0.norm.bias"), [-0.01204, -0.00168, 0.01163, 0.01399], {
      absolute: 5e-5,
    });
    assertClose(
      gradient("blocks.0.time.first.weight"),
      [0, -0.00004, -0.00232, 0.00128, 0.07455, -0.00383, -0.40138, -0.02416],
      { absolute: 1e-4 },
    );
    assertClose(gradient("blocks.1.ssd.logDecay"), [0.30944, 0.6718], { absolute: 1e-4 });
  });

  test("has the reference's parameters at its default sizes, less what nothing reads in the last block", () => {
    // 7 × 64 items, a norm, a norm of 50 gaps; a block: Mamba-2 with e = 128, 4 heads and biases, two convolutions, a norm;
    // gaps: two maps of 50, two convolutions of 4 heads; a network of 256, two norms; between the blocks a gate and a norm of 50.
    const mixing = 128 + 2 * 32;
    const ssd = 65 * (mixing + 4 + 128) + 5 * mixing + 3 * 4 + 128 + 129 * 64;
    const time = 2 * 51 * 50 + 2 * 5 * 4;
    const block = ssd + time + 2 * 64 * 256 + 256 + 64 + 4 * 64;
    const { parameters } = tiM4Rec({ items: 6, windowLength: 50 }, Rng.key(1));
    expect(countParameters(parameters)).toBe(7 * 64 + 2 * 64 + 2 * 50 + 2 * block + 51 + 2 * 50);
  });
});

describe("TiM4Rec and time", () => {
  // Weights of fresh models are so small that gaps hardly move Δ.
  const model = (servingTime: boolean) => {
    const built = tiM4Rec({ ...SIZES, dropout: 0, servingTime }, Rng.key(2));
    fillWithWaves(built);
    return built;
  };
  const moved = (row: number, column: number): TrainingBatch => {
    const batch = timedBatch();
    const gaps = batch.gaps.arraySync();
    gaps[row][column] += 7;
    return { ...batch, gaps: tf.tensor2d(gaps) };
  };
  const change = (servingTime: boolean, row: number, column: number) => {
    const built = model(servingTime);
    const difference = built.encode(moved(row, column)).sub(built.encode(timedBatch()));
    return difference.abs().max(1).arraySync() as number[];
  };

  test("a gap between two events matters to its own row alone", () => {
    const [first, second, third] = change(false, 0, 1);
    expect(first).toBeGreaterThan(1e-2);
    expect([second, third]).toEqual([0, 0]);
  });
  test.each([
    [0, 4],
    [1, 2],
    [2, 1],
  ])("the gap to the predicted event matters with the time of prediction only: row %i", (row, column) => {
    expect(change(false, row, column)).toEqual([0, 0, 0]);
    const seen = change(true, row, column);
    // One event: its two gaps are 0 and another, whose size the norm takes away.
    if (row < 2) expect(seen[row]).toBeGreaterThan(1e-3);
  });
  test("trains on prefix batches alone: steps of early events depend on later gaps", () => {
    expect(model(false).batches).toBe("prefix");
    expect(model(false).encodeAll).toBeUndefined();
  });
  test("refuses a history longer than its windows, and a stack of none", () => {
    const short = tiM4Rec({ ...SIZES, windowLength: 3 }, Rng.key(1));
    expect(() => short.encode(timedBatch())).toThrow("histories of 4 items, but its windows hold 3");
    expect(() => tiM4Rec({ ...SIZES, blocks: 0 }, Rng.key(1))).toThrow("at least one block, got 0");
  });
});

for (const servingTime of [false, true]) {
  testSequentialModel(`TiM4Rec${servingTime ? " with the time of prediction" : ""}`, {
    make: ({ items, windowLength, dropout }) =>
      tiM4Rec(
        {
          ...{ items, windowLength, dropout, servingTime, timeDropout: dropout, initialDeviation: 0.3 },
          ...{ dimensions: 8, headDimensions: 8, states: 4, inner: 16 },
        },
        Rng.key(5),
      ),
    batches: ["prefix"],
    overfitSteps: 60,
  });
}
