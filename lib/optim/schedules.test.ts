import { describe, expect, test } from "vitest";
import { tf } from "../tensor";
import { constant, cosine, linear, linearDecay, type Schedule, warmup, warmupCosine } from ".";

function values(schedule: Schedule, steps: number): number[] {
  return Array.from({ length: steps }, (_, step) => tf.tidy(() => schedule(tf.scalar(step)).dataSync()[0]));
}

function expectValues(schedule: Schedule, expected: readonly number[]): void {
  values(schedule, expected.length).forEach((value, step) => {
    expect(value, `step ${step}`).toBeCloseTo(expected[step], 6);
  });
}

/* Expected rows: the learning rates that torch.optim.lr_scheduler (2.15) sets for base 0.4. */
describe("schedules against PyTorch", () => {
  test("constant", () => expectValues(constant(0.4), [0.4, 0.4]));
  test("linear: LinearLR(start_factor 0.25, end_factor 1, total_iters 4)", () => {
    expectValues(linear({ start: 0.1, end: 0.4, steps: 4 }), [0.1, 0.175, 0.25, 0.325, 0.4, 0.4]);
  });
  test("linear decay", () => expectValues(linearDecay({ peak: 0.4, steps: 4 }), [0.4, 0.3, 0.2, 0.1, 0, 0]));
  test("cosine: CosineAnnealingLR(T_max 6, eta_min 0.1)", () => {
    expectValues(
      cosine({ peak: 0.4, floor: 0.1, steps: 6 }),
      [0.4, 0.3799038, 0.325, 0.25, 0.175, 0.1200962, 0.1, 0.1],
    );
  });
  test("warm-up, then cosine: SequentialLR of LinearLR(3 steps from 0) and CosineAnnealingLR(4)", () => {
    expectValues(
      warmup({ steps: 3, after: cosine({ peak: 0.4, steps: 4 }) }),
      [0, 0.1333333, 0.2666667, 0.4, 0.3414214, 0.2, 0.0585786, 0],
    );
  });
  test("a share of warm-up, then a cosine to 0, as the two in a row; without a share the cosine alone", () => {
    const both = warmup({ steps: 3, after: cosine({ peak: 0.4, steps: 4 }) });
    expectValues(warmupCosine({ peak: 0.4, steps: 7, share: 0.4 }), values(both, 8));
    expectValues(warmupCosine({ peak: 0.4, steps: 7, share: 0 }), values(cosine({ peak: 0.4, steps: 7 }), 8));
  });
  test("warm-up to a constant", () =>
    expectValues(warmup({ steps: 2, after: 1, startFactor: 0.5 }), [0.5, 0.75, 1, 1]));
});

test("a length that is not positive is refused", () => {
  expect(() => linear({ start: 1, end: 0, steps: 0 })).toThrow("steps must be positive, got 0");
});
