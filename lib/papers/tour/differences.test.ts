import { expect, it } from "vitest";
import { tf } from "../../tensor";
import { differenceErrors, logSpace } from "./differences";

it("a forward difference of a square is off by h, a central one by rounding alone", () => {
  const [forward, central] = differenceErrors((x) => tf.square(x), 3, [0.5]);
  expect(forward).toEqual({ step: 0.5, method: "forward", error: 0.5 });
  expect(central).toEqual({ step: 0.5, method: "central", error: 0 });
});

it("errors fall with h, h², and rise again where float32 runs out of digits", () => {
  const errors = differenceErrors((x) => tf.sin(tf.square(x)), 1, [0.1, 0.01, 1e-6]);
  const of = (method: string) => errors.filter((row) => row.method === method).map(({ error }) => error);
  expect(of("forward")[0] / of("forward")[1]).toBeGreaterThan(8);
  expect(of("central")[0] / of("central")[1]).toBeGreaterThan(80);
  expect(of("central")[2]).toBeGreaterThan(of("central")[1]);
});

it("logSpace has even ratios and both ends", () => {
  const expected = [0.01, 0.1, 1, 10];
  logSpace(-2, 1, 4).forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i], 12);
  });
});
