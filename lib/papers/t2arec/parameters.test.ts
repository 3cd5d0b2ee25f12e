import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { assertClose } from "../../tensor/testing";
import { countParameters } from "../../tensor/tree";
import { transform } from "./forward";
import { t2aRec } from "./model";
import { T2AREC_DEFAULTS } from "./parameters";
import { ALIGNMENT, tinyBatch, tinyModel } from "./testing";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const HISTORY = [3, 1, 5, 2, 7];

describe("options", () => {
  test("dtInit sets where Δ starts: softplus(0) = 0.693, softplus(-3) = 0.0486", () => {
    for (const [dtInit, expected] of [
      [0, Math.LN2],
      [-3, Math.log1p(Math.exp(-3))],
    ]) {
      const { parameters, options } = t2aRec({ items: 12, dtInit }, { alignment: ALIGNMENT }, Rng.key(1));
      const { delta } = transform(parameters, options, tf.tensor2d([HISTORY], [1, 5], "int32"));
      expect(Math.abs(delta.mean().dataSync()[0] - expected)).toBeLessThan(0.2 * expected);
    }
  });
  test("the default sizes give the number of parameters of the equations", () => {
    const [V, d, s] = [12, 64, 32];
    const { parameters } = t2aRec({ items: V }, { alignment: ALIGNMENT }, Rng.key(1));
    const transformSize = d * (d + 2 * s + 1) + (d + 2 * s + 1) + (4 + 1) * (d + 2 * s);
    const rest = 2 * d * d + d + (d * s + s) + (2 * d * 4 * d + 4 * d + d) + 3 * 2 * d + 1;
    expect(countParameters(parameters)).toBe((V + 1) * d + transformSize + rest);
    expect(T2AREC_DEFAULTS.dimensions).toBe(d);
  });
  test("time stamps do not enter the forward pass", () => {
    const model = tinyModel();
    const batch = tinyBatch();
    assertClose(model.score({ ...batch, gaps: batch.gaps.mul(17) as tf.Tensor2D }), model.score(batch));
  });
});
