import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../tensor";
import { assertClose, checkGradients, sampleTensor } from "../tensor/testing";
import { padAxis, type SelectiveScanInputs, selectiveScan, selectiveScanLast } from ".";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

/** Decays of -0.2 to -4, so that over several steps some states live and others vanish. */
function inputs(length: number, [batch, channels, states] = [2, 3, 4]): SelectiveScanInputs {
  return {
    x: sampleTensor([batch, length, channels], 1),
    delta: sampleTensor([batch, length, channels], 2, 0.05, 1.5),
    decay: sampleTensor([states, channels], 3, -4, -0.2),
    write: sampleTensor([batch, length, states], 4),
    read: sampleTensor([batch, length, states], 5),
  };
}

const NAMES = ["x", "delta", "decay", "write", "read"] as const;
const named = (tensors: tf.Tensor[]) =>
  Object.fromEntries(NAMES.map((name, i) => [name, tensors[i]])) as unknown as SelectiveScanInputs;
const listed = (given: SelectiveScanInputs) => NAMES.map((name) => given[name] as tf.Tensor);

/** The recurrence number by number, in float64: the oracle. @returns y [B, L, c] */
function recurrence({ x, delta, decay, write, read }: SelectiveScanInputs): number[][][] {
  const [xs, deltas, b, c] = [x, delta, write, read].map((t) => t.arraySync());
  const a = decay.arraySync();
  return xs.map((row, r) => {
    const h = a.map((state) => state.map(() => 0));
    return row.map((xt, t) =>
      xt.map((value, channel) => {
        let y = 0;
        for (let s = 0; s < a.length; s++) {
          const dt = deltas[r][t][channel];
          h[s][channel] = Math.exp(dt * a[s][channel]) * h[s][channel] + dt * value * b[r][t][s];
          y += c[r][t][s] * h[s][channel];
        }
        return y;
      }),
    );
  });
}

/** The same recurrence in plain operations, differentiated by the tape. */
function taped({ x, delta, decay, write, read }: SelectiveScanInputs): tf.Tensor {
  const at = (t: tf.Tensor3D, position: number) => t.slice([0, position, 0], [-1, 1, -1]); // [B, 1, n]
  let h: tf.Tensor = tf.zeros([x.shape[0], decay.shape[0], x.shape[2]]);
  const outputs = Array.from({ length: x.shape[1] }, (_, t) => {
    const entered = at(x, t)
      .mul(at(delta, t))
      .mul(at(write, t).transpose([0, 2, 1]));
    h = at(delta, t).mul(decay).exp().mul(h).add(entered);
    return h.mul(at(read, t).transpose([0, 2, 1])).sum(1);
  });
  return tf.stack(outputs, 1);
}

describe("selectiveScan", () => {
  test("two steps by hand", () => {
    const one = (values: number[]) => tf.tensor3d(values, [1, 2, 1]);
    const h1 = 1 * 2 * 0.5;
    const h2 = Math.exp(2 * -0.5) * h1 + 2 * 3 * -1;
    const y = selectiveScan({
      x: one([2, 3]),
      delta: one([1, 2]),
      decay: tf.tensor2d([[-0.5]]),
      write: one([0.5, -1]),
      read: one([10, 100]),
    });
    assertClose(y, [[[10 * h1], [100 * h2]]]);
  });

  test.each([1, 2, 13])("equals the recurrence over %i steps", (length) => {
    const given = inputs(length);
    assertClose(selectiveScan(given), recurrence(given), { absolute: 1e-5 });
  });

  test.each([1, 9])("gradients equal those of the plain recurrence over %i steps", (length) => {
    const given = listed(inputs(length));
    const dy = sampleTensor([2, length, 3], 9);
    const expected = tf.grads((...xs) => taped(named(xs)))(given, dy);
    tf.grads((...xs) => selectiveScan(named(xs)))(given, dy).forEach((gradient, i) => {
      assertClose(gradient, expected[i], { relative: 1e-4, absolute: 1e-5 }, `gradient of ${NAMES[i]}`);
    });
  });

  test("gradients against finite differences", () => {
    checkGradients((...xs) => selectiveScan(named(xs)), listed(inputs(3, [1, 2, 2])));
  });

  test("second derivatives against those of the plain recurrence", () => {
    const given = listed(inputs(4, [1, 2, 2]));
    const energy = (f: (of: SelectiveScanInputs) => tf.Tensor) =>
      tf.grad((delta) => {
        const slope = tf.grad((x: tf.Tensor) =>
          f(named([x, delta, ...given.slice(2)]))
            .square()
            .sum(),
        );
        return slope(given[0]).square().sum();
      })(given[1]);
    assertClose(energy(selectiveScan), energy(taped), { relative: 1e-3, absolute: 1e-4 });
  });

  test("says the shapes that do not fit", () => {
    expect(() => selectiveScan({ ...inputs(3), decay: tf.zeros([5, 3]) })).toThrow(
      "x [2,3,3], delta [2,3,3], decay [5,3] and write [2,3,4] do not fit",
    );
  });
});

describe("selectiveScanLast", () => {
  const last = (given: SelectiveScanInputs) => {
    const [batch, length, states] = given.read.shape;
    const read = given.read.slice([0, length - 1, 0]).reshape<tf.Tensor2D>([batch, states]);
    return selectiveScanLast({ ...given, read });
  };

  test.each([1, 13])("is the last output over %i steps, gradients too", (length) => {
    const given = listed(inputs(length));
    const slow = (...xs: tf.Tensor[]) =>
      taped(named(xs))
        .slice([0, length - 1, 0])
        .reshape([2, 3]);
    const fast = (...xs: tf.Tensor[]) => last(named(xs));
    assertClose(fast(...given), slow(...given), { absolute: 1e-5 });
    const dy = sampleTensor([2, 3], 9);
    const expected = tf.grads(slow)(given, dy);
    tf.grads(fast)(given, dy).forEach((gradient, i) => {
      assertClose(gradient, expected[i], { relative: 1e-4, absolute: 1e-5 }, `gradient of ${NAMES[i]}`);
    });
  });

  test("gradients against finite differences", () => {
    checkGradients((...xs) => last(named(xs)), listed(inputs(3, [1, 2, 2])));
  });

  test("work larger than one block is cut into several: the same numbers", () => {
    const given = inputs(2, [600, 32, 32]);
    const whole = selectiveScan(given).slice([0, 1, 0]).reshape([600, 32]);
    assertClose(last(given), whole, { relative: 1e-4, absolute: 1e-4 });
    const gradient = (f: (of: SelectiveScanInputs) => tf.Tensor) =>
      tf.grad((decay) => f({ ...given, decay: decay as tf.Tensor2D }).sum())(given.decay);
    const throughAll = gradient((of) => selectiveScan(of).slice([0, 1, 0]));
    assertClose(gradient(last), throughAll, { relative: 1e-3, absolute: 1e-3 });
  });
});

describe("over long rows of strong decays", () => {
  // As Mamba starts: A from -1 to -32, here with steps up to 3; a state's decay over the row is exp(-19,200).
  const given = {
    ...inputs(200, [2, 3, 32]),
    delta: sampleTensor<tf.Tensor3D>([2, 200, 3], 2, 0.001, 3),
    decay: tf.range(1, 33).neg().expandDims(1).tile([1, 3]) as tf.Tensor2D,
  };
  test("the outputs are those in float64", () => {
    const expected = recurrence(given);
    assertClose(selectiveScan(given), expected, { relative: 1e-4, absolute: 1e-5 });
    const read = given.read.slice([0, 199, 0]).reshape<tf.Tensor2D>([2, 32]);
    const lastRows = expected.map((row) => row[199]);
    assertClose(selectiveScanLast({ ...given, read }), lastRows, { relative: 1e-4, absolute: 1e-5 });
  });
  test("every gradient is finite, and that of the plain recurrence", () => {
    const expected = tf.grads((...xs) => taped(named(xs)).sum())(listed(given));
    tf.grads((...xs) => selectiveScan(named(xs)).sum())(listed(given)).forEach((gradient, i) => {
      expect(gradient.isFinite().all().dataSync()[0]).toBe(1);
      assertClose(gradient, expected[i], { relative: 1e-3, absolute: 1e-3 }, `gradient of ${NAMES[i]}`);
    });
  });
});

test("positions with Δ = 0 leave the states as they are", () => {
  const given = inputs(5);
  const padded = {
    ...given,
    x: padAxis(given.x.sub(5), 1, 0, 3).add<tf.Tensor3D>(5), // what stands on padding does not matter
    delta: padAxis(given.delta, 1, 0, 3),
    write: padAxis(given.write.sub(5), 1, 0, 3).add<tf.Tensor3D>(5),
  };
  const read = given.read.slice([0, 4, 0]).reshape<tf.Tensor2D>([2, 4]);
  assertClose(selectiveScanLast({ ...padded, read }), selectiveScanLast({ ...given, read }), {
    absolute: 1e-5,
  });
});
