import { afterEach, beforeEach, describe, test } from "vitest";
import { padAxis } from "../../nn";
import { tf } from "../../tensor";
import { assertClose, sampleTensor } from "../../tensor/testing";
import { align2Ssm, finalState, type SsmForm, type SsmInputs } from "./ssm";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

function inputs(length: number, [batch, d, s] = [2, 3, 4]): SsmInputs {
  return {
    x: sampleTensor([batch, length, d], 1),
    write: sampleTensor([batch, length, s], 2),
    read: sampleTensor([batch, length, s], 3),
    delta: sampleTensor([batch, length], 4, 0.05, 1.5),
    decay: tf.scalar(-0.7),
  };
}

const forms: SsmForm[] = ["recurrence", "quadratic", "chunked"];

describe("the recurrence, its quadratic and its chunked form give the same outputs and final state", () => {
  // Lengths that are and are not multiples of the chunk, and shorter than it.
  test.each([
    [1, 4],
    [4, 4],
    [13, 4],
    [13, 5],
    [30, 32],
  ])("length %i, chunk %i", (length, chunk) => {
    const given = inputs(length);
    const [expected, ...others] = forms.map((form) => align2Ssm(given, form, chunk));
    for (const [index, result] of others.entries()) {
      assertClose(
        result.outputs,
        expected.outputs,
        { relative: 1e-5, absolute: 1e-5 },
        `outputs ${forms[index + 1]}`,
      );
      assertClose(result.finalState, expected.finalState, { relative: 1e-5, absolute: 1e-5 }, "final state");
    }
    assertClose(finalState(given), expected.finalState, { relative: 1e-5, absolute: 1e-5 });
  });
});

test("two steps by hand: h_1 = Δ_1 B_1 x_1, h_2 = exp(Δ_2 A) h_1 + Δ_2 B_2 x_2, y = h C", () => {
  const one = (values: number[]) => tf.tensor3d(values, [1, 2, 1]);
  const given = {
    x: one([2, 3]),
    write: one([0.5, -1]),
    read: one([10, 100]),
    delta: tf.tensor2d([[1, 2]]),
    decay: tf.scalar(-0.5),
  };
  const h1 = 1 * 0.5 * 2;
  const h2 = Math.exp(-1) * h1 + 2 * -1 * 3;
  for (const form of forms) {
    const { outputs, finalState: state } = align2Ssm(given, form, 1);
    assertClose(outputs, [[[10 * h1], [100 * h2]]]);
    assertClose(state, [[[h2]]]);
  }
});

test.each(forms)("%s: positions with Δ = 0, before and after, leave the state as it is", (form) => {
  const given = inputs(7);
  const shifted = (before: number, after: number): SsmInputs => ({
    // What stands on padding does not matter.
    x: padAxis(given.x.sub(5), 1, before, after).add(5),
    write: padAxis(given.write, 1, before, after),
    read: padAxis(given.read, 1, before, after),
    delta: padAxis(given.delta, 1, before, after),
    decay: given.decay,
  });
  const plain = align2Ssm(given, form, 3);
  for (const [before, after] of [
    [20, 0],
    [0, 20],
    [3, 2],
  ]) {
    const padded = align2Ssm(shifted(before, after), form, 3);
    assertClose(padded.finalState, plain.finalState, { absolute: 1e-5 });
    assertClose(padded.outputs.slice([0, before, 0], [2, 7, 3]), plain.outputs, { absolute: 1e-5 });
  }
});
