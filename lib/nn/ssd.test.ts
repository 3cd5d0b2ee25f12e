import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../tensor";
import { assertClose, checkGradients, sampleTensor } from "../tensor/testing";
import { padAxis, type SsdForm, type SsdInputs, ssd, ssdFinalState } from ".";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

function inputs(length: number, [batch, heads, channels, states] = [2, 3, 2, 4]): SsdInputs {
  return {
    x: sampleTensor([batch, length, heads, channels], 1),
    write: sampleTensor([batch, length, states], 2),
    read: sampleTensor([batch, length, states], 3),
    delta: sampleTensor([batch, length, heads], 4, 0.05, 1.5),
    decay: sampleTensor([heads], 5, -1.2, -0.3),
  };
}

const forms: SsdForm[] = ["recurrence", "quadratic", "chunked"];
const close = { relative: 1e-5, absolute: 1e-5 };

describe("the recurrence, its quadratic and its chunked form give the same outputs and final states", () => {
  // Lengths that are and are not multiples of the chunk, and shorter than it; one head, and several.
  test.each([
    [1, 4, 3],
    [4, 4, 3],
    [13, 4, 3],
    [13, 5, 1],
    [30, 32, 2],
  ])("length %i, chunk %i, %i heads", (length, chunk, heads) => {
    const given = inputs(length, [2, heads, 2, 4]);
    const [expected, ...others] = forms.map((form) => ssd(given, form, chunk));
    for (const [index, result] of others.entries()) {
      assertClose(result.outputs, expected.outputs, close, `outputs ${forms[index + 1]}`);
      assertClose(result.finalState, expected.finalState, close, "final states");
    }
    assertClose(ssdFinalState(given), expected.finalState, close);
  });
});

test("two steps by hand: h_1 = Δ_1 B_1 x_1, h_2 = exp(Δ_2 A) h_1 + Δ_2 B_2 x_2, y = h C, each head with its own Δ and A", () => {
  const given = {
    x: tf.tensor4d([2, -1, 3, 4], [1, 2, 2, 1]),
    write: tf.tensor3d([0.5, -1], [1, 2, 1]),
    read: tf.tensor3d([10, 100], [1, 2, 1]),
    delta: tf.tensor3d([1, 3, 2, 1], [1, 2, 2]),
    decay: tf.tensor1d([-0.5, -2]),
  };
  const h1 = [1 * 0.5 * 2, 3 * 0.5 * -1];
  const h2 = [Math.exp(2 * -0.5) * h1[0] + 2 * -1 * 3, Math.exp(1 * -2) * h1[1] + 1 * -1 * 4];
  for (const form of forms) {
    const { outputs, finalState } = ssd(given, form, 1);
    assertClose(outputs, [[h1.map((h) => [10 * h]), h2.map((h) => [100 * h])]]);
    assertClose(finalState, [h2.map((h) => [[h]])]);
  }
});

test.each(forms)("%s: positions with Δ = 0, before and after, leave the states as they are", (form) => {
  const given = inputs(7);
  const shifted = (before: number, after: number): SsdInputs => ({
    // What stands on padding does not matter.
    x: padAxis(given.x.sub(5), 1, before, after).add(5),
    write: padAxis(given.write, 1, before, after),
    read: padAxis(given.read, 1, before, after),
    delta: padAxis(given.delta, 1, before, after),
    decay: given.decay,
  });
  const plain = ssd(given, form, 3);
  for (const [before, after] of [
    [20, 0],
    [0, 20],
    [3, 2],
  ]) {
    const padded = ssd(shifted(before, after), form, 3);
    assertClose(padded.finalState, plain.finalState, { absolute: 1e-5 });
    assertClose(padded.outputs.slice([0, before, 0, 0], [2, 7, 3, 2]), plain.outputs, { absolute: 1e-5 });
  }
});

test.each(forms)("%s: output i does not depend on later inputs", (form) => {
  const given = inputs(9);
  const later = {
    ...given,
    x: tf.concat([given.x.slice([0, 0, 0, 0], [2, 6, 3, 2]), tf.ones([2, 3, 3, 2])], 1),
  };
  const kept = (of: SsdInputs) => ssd(of, form, 4).outputs.slice([0, 0, 0, 0], [2, 6, 3, 2]);
  assertClose(kept(later as SsdInputs), kept(given));
});

test("large steps over long rows do not overflow, gradients included", () => {
  const given = { ...inputs(64), delta: tf.fill([2, 64, 3], 20) as tf.Tensor3D };
  for (const form of ["quadratic", "chunked"] as const) {
    const gradient = tf.grad((delta) =>
      ssd({ ...given, delta: delta as tf.Tensor3D }, form, 64).outputs.sum(),
    );
    expect(gradient(given.delta).isFinite().all().dataSync()[0]).toBe(1);
  }
});

test.each(forms)("%s: gradients", (form) => {
  const { x, write, read, delta, decay } = inputs(5, [1, 2, 2, 2]);
  checkGradients(
    (...args) => {
      const [u, b, c, dt, a] = args as [tf.Tensor4D, tf.Tensor3D, tf.Tensor3D, tf.Tensor3D, tf.Tensor1D];
      const { outputs, finalState } = ssd({ x: u, write: b, read: c, delta: dt, decay: a }, form, 2);
      return tf.concat([outputs.flatten(), finalState.flatten()]);
    },
    [x, write, read, delta, decay],
  );
});

test("refuses a chunk that is no length", () => {
  expect(() => ssd(inputs(3), "chunked", 0)).toThrow("must be a positive integer, got 0");
});
