import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../tensor";
import * as Rng from "../tensor/rng";
import { assertClose, checkGradients, sampleTensor } from "../tensor/testing";
import { applyGru, gru } from ".";
import { wave } from "./testing";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

describe("GRU", () => {
  const weights = () => ({ input: wave<tf.Tensor2D>([2, 6], 1), recurrent: wave<tf.Tensor2D>([2, 6], 2) });

  test("equals torch.nn.GRU(bias=False)", () => {
    assertClose(
      applyGru(weights(), wave([3, 2, 2], 3)).flatten(),
      [
        0.339968, -0.188053, -0.142115, 0.253776, 0.296041, -0.289403, -0.069641, 0.392896, 0.05058,
        -0.307966, 0.216035, 0.342309,
      ],
      { absolute: 2e-6 },
    );
  });

  /** The same recurrence in plain operations, differentiated by the tape: slow, and the oracle. */
  function reference(input: tf.Tensor2D, recurrent: tf.Tensor2D, x: tf.Tensor3D): tf.Tensor {
    const h = recurrent.shape[0];
    let state: tf.Tensor2D = tf.zeros([x.shape[1], h]);
    const part = (m: tf.Tensor, gate: number) => m.slice([0, gate * h], [m.shape[0], h]);
    const states = tf.unstack(x).map((step) => {
      const [wx, uh] = [tf.matMul(step as tf.Tensor2D, input), tf.matMul(state, recurrent)];
      const r = part(wx, 0).add(part(uh, 0)).sigmoid();
      const z = part(wx, 1).add(part(uh, 1)).sigmoid();
      const c = part(wx, 2)
        .add(r.mul(part(uh, 2)))
        .tanh();
      state = tf.sub(1, z).mul(c).add(z.mul(state));
      return state;
    });
    return tf.stack(states);
  }

  test("equals the plain recurrence, gradients too", () => {
    const args = [sampleTensor([3, 12], 1), sampleTensor([4, 12], 2), sampleTensor([6, 2, 3], 3)] as const;
    const fast = (w: tf.Tensor, u: tf.Tensor, x: tf.Tensor) =>
      applyGru({ input: w, recurrent: u }, x as tf.Tensor3D);
    const slow = (w: tf.Tensor, u: tf.Tensor, x: tf.Tensor) =>
      reference(w as tf.Tensor2D, u as tf.Tensor2D, x as tf.Tensor3D);
    assertClose(fast(...args), slow(...args));
    const dy = sampleTensor([6, 2, 4], 9);
    const expected = tf.grads(slow)([...args], dy);
    tf.grads(fast)([...args], dy).forEach((gradient, i) => {
      assertClose(gradient, expected[i], { relative: 1e-4, absolute: 1e-5 }, `gradient ${i}`);
    });
  });

  test("gradients against finite differences", () => {
    checkGradients(
      (input, recurrent, x) => applyGru({ input, recurrent }, x as tf.Tensor3D),
      [sampleTensor([2, 6], 1), sampleTensor([2, 6], 2), sampleTensor([3, 2, 2], 3)],
    );
  });

  test("the past does not see the future", () => {
    const x = sampleTensor<tf.Tensor3D>([4, 1, 2], 1);
    const changed = tf.concat([x.slice([0, 0, 0], [3, 1, 2]), tf.ones([1, 1, 2])], 0) as tf.Tensor3D;
    const [before, after] = [applyGru(weights(), x), applyGru(weights(), changed)];
    assertClose(before.slice([0, 0, 0], [3, 1, 2]), after.slice([0, 0, 0], [3, 1, 2]));
    expect(before.dataSync()[6]).not.toBe(after.dataSync()[6]);
  });

  test("says both shapes where they do not fit", () => {
    expect(() => applyGru(gru({ inputs: 2, hidden: 3 }, Rng.key(1)), tf.zeros([1, 1, 5]))).toThrow(
      "x [1,1,5] does not fit the input weight [2,9]",
    );
  });
});
