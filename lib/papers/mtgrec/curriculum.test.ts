import { describe, expect, it } from "vitest";
import { createRandom } from "../../data/random";
import { cosine, warmup } from "../../optim";
import { tf } from "../../tensor";
import {
  accumulatedInfluence,
  cumulated,
  deviation,
  relativeTemperature,
  tokenizerProbabilities,
} from "./curriculum";

const FIRST = { influence: Float64Array.of(0.152759, 0.0432953), learningRate: 0.005 };
const SECOND = { influence: Float64Array.of(0.3, -0.1), learningRate: 0.004 };

function expectClose(actual: ArrayLike<number>, expected: readonly number[], digits = 6): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => {
    expect(actual[i]).toBeCloseTo(value, digits);
  });
}

describe("the chances of tokenizers", () => {
  it("follow the softmax of the influences over the temperature", () => {
    const influence = accumulatedInfluence([FIRST], "average");
    expectClose(influence, [0.152759, 0.0432953]);
    expectClose(tokenizerProbabilities(influence, 1), [0.5273386, 0.4726614]);
    expectClose(tokenizerProbabilities(influence, 0.1), [0.749254, 0.250746]);
    expectClose(tokenizerProbabilities(influence, 5), [0.505473, 0.494527]);
  });

  it("weigh stages by their learning rates", () => {
    const average = accumulatedInfluence([FIRST, SECOND], "average");
    expectClose(average, [0.2181995, -0.0203915]);
    expectClose(tokenizerProbabilities(average, 1), [0.5593664, 0.4406336]);
    expectClose(
      accumulatedInfluence([FIRST, SECOND], "sum"),
      [...average].map((value) => value * 0.009),
      9,
    );
  });

  it("refuse stages that ended at a learning rate of 0", () => {
    expect(() => accumulatedInfluence([{ ...FIRST, learningRate: 0 }], "average")).toThrow("0 at the end");
  });

  it("are even at a large temperature, one-sided at a small one, and finite where exp is not", () => {
    expectClose(tokenizerProbabilities(Float64Array.of(3, -2, 1), 1e9), [1 / 3, 1 / 3, 1 / 3], 8);
    expectClose(tokenizerProbabilities(Float64Array.of(3000, -2000, 2999), 1e-2), [1, 0, 0]);
  });

  it("sum to 1", () => {
    const chances = tokenizerProbabilities(Float64Array.of(0.3, 0.1, -5, 2), 0.7);
    expect(chances.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 12);
  });

  it("do not change with the scale of the influences where the temperature is relative", () => {
    const influence = Float64Array.of(0.5, -0.2, 0.1);
    const of = (scale: number) => {
      const scaled = influence.map((value) => value * scale);
      return tokenizerProbabilities(scaled, relativeTemperature(scaled, 0.3));
    };
    expectClose(of(1000), [...of(1)], 10);
    expect(deviation(Float64Array.of(1, 3))).toBe(1);
    expectClose(
      tokenizerProbabilities(Float64Array.of(2, 2), relativeTemperature(Float64Array.of(2, 2), 0.3)),
      [0.5, 0.5],
    );
  });

  it("refuse a temperature of 0", () => {
    expect(() => tokenizerProbabilities(Float64Array.of(1, 2), 0)).toThrow("positive");
  });

  it("are what draws come out as (χ², 3 degrees of freedom)", () => {
    const probabilities = Float64Array.of(0.5, 0.3, 0.15, 0.05);
    const random = createRandom(7);
    const draws = 20_000;
    const counts = [0, 0, 0, 0];
    for (let k = 0; k < draws; k++) counts[random.categorical(cumulated(probabilities))]++;
    const chiSquared = counts.reduce(
      (sum, count, i) => sum + (count - draws * probabilities[i]) ** 2 / (draws * probabilities[i]),
      0,
    );
    expect(chiSquared).toBeLessThan(16.27); // the 99.9th percentile
  });
});

describe("the learning rate of pre-training", () => {
  it("warms up linearly and falls as half a cosine", () => {
    const schedule = warmup({ steps: 100, after: cosine({ peak: 0.005, steps: 1000 }) });
    const at = (step: number) => tf.tidy(() => schedule(tf.scalar(step)).dataSync()[0]);
    expectClose(
      [0, 50, 100, 350, 600, 850, 1100].map(at),
      [0, 0.0025, 0.005, 0.00426777, 0.0025, 0.00073223, 0],
      7,
    );
  });
});
