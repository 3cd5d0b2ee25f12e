import { afterEach, beforeEach, describe, test } from "vitest";
import { tf } from "../../tensor";
import { assertClose } from "../../tensor/testing";
import { observedNorm } from "./block";
import { observer, UNOBSERVED } from "./hooks";
import { smallConfig } from "./testing";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

describe("the norm", () => {
  test("of constants is their sign times the gain; epsilon is under the root", () => {
    const gain = tf.tensor1d([1, 2, 3, 4]);
    const norm = (value: number, epsilon: number) =>
      observedNorm(tf.fill<tf.Rank.R3>([1, 1, 4], value), gain, "ln1_scale", 0, {
        config: smallConfig({ epsilon }),
        observer: UNOBSERVED,
      }).flatten();
    assertClose(norm(-5, 1e-9), [-1, -2, -3, -4]);
    // x = 3, ε = 16: 3 / √(9 + 16); an ε beside the root would give 3 / 19.
    assertClose(norm(3, 16), [0.6, 1.2, 1.8, 2.4]);
    assertClose(norm(0, 1e-5), [0, 0, 0, 0]);
  });

  test("divides by the scale that its hook returns", () => {
    const fn = (scale: tf.Tensor) => scale.mul(2);
    const watch = observer([{ name: "ln1_scale", layer: 0, fn }], ["ln1_scale"], 1, 0);
    const context = { config: smallConfig({ epsilon: 1e-9 }), observer: watch };
    assertClose(
      observedNorm(tf.fill<tf.Rank.R3>([1, 1, 4], 7), tf.ones([4]), "ln1_scale", 0, context).flatten(),
      Array(4).fill(0.5),
    );
    assertClose(watch.cache.ln1_scale![0].flatten(), [14]);
  });
});
