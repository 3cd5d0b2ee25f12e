import { describe, expect, it } from "vitest";
import { tf } from "..";
import { assertClose, checkGradients, sampleTensor } from "../testing";
import { gelu, silu } from "./activations";
import { noGradient, positiveAxis, sizeOf, sumToShape, withGradient } from "./custom";
import { gather } from "./gather";
import { stridedSlice } from "./indexing";
import { logSumExp } from "./logSumExp";
import { layerNorm, rmsNorm } from "./norms";
import { softmaxCrossEntropy } from "./softmaxCrossEntropy";
import { where } from "./where";

describe("noGradient", () => {
  it("makes what it computes a constant", () => {
    const gradient = tf.grad((x: tf.Tensor) =>
      tf.mul(
        x,
        noGradient(() => tf.square(x)),
      ),
    )(tf.scalar(3));
    assertClose(gradient, 9);
  });

  it("lets gradients flow again after an error", () => {
    expect(() => noGradient(() => tf.add(1, Number.NaN).reshape([7]))).toThrow();
    assertClose(tf.grad((x: tf.Tensor) => tf.square(x))(tf.scalar(3)), 6);
  });
});

describe("withGradient", () => {
  const twice = (x: tf.Tensor) =>
    withGradient({
      inputs: [x],
      forward: () => {
        const exponential = tf.exp(x);
        return { value: tf.mul(exponential, 2), saved: [exponential] };
      },
      backward: (dy, _, [exponential]) => [tf.mul(dy, tf.mul(exponential, 3))], // wrong on purpose
      composed: ([z]) => tf.mul(tf.exp(z), 2),
    });

  it("uses the given gradient, and the composed one where the gradient is differentiated", () => {
    const x = tf.scalar(0.5);
    assertClose(tf.grad(twice)(x), 3 * Math.exp(0.5));
    assertClose(tf.grad((y: tf.Tensor) => tf.grad(twice)(y))(x), 2 * Math.exp(0.5));
  });

  it("frees what it saved", () => {
    const x = tf.scalar(0.5);
    const before = tf.memory().numTensors;
    twice(x).dispose();
    tf.grad(twice)(x).dispose();
    tf.tidy(() =>
      tf
        .grad((y: tf.Tensor) => tf.grad(twice)(y))(x)
        .dispose(),
    );
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe("second derivatives", () => {
  const labels = () => tf.tensor1d([1, 0], "int32");
  const gain = tf.tensor1d([0.5, 1, 1.5, 2]);
  const cases: [string, (x: tf.Tensor) => tf.Tensor][] = [
    ["gelu", (x) => gelu(x)],
    ["gelu, tanh approximation", (x) => gelu(x, { approximate: true })],
    ["silu", (x) => silu(x)],
    ["layerNorm", (x) => layerNorm(x, gain, gain)],
    [
      "layerNorm, of its gain",
      (x) => layerNorm(tf.reshape(gain, [1, 4]), tf.reshape(tf.slice(x, 0, 1), [4]), gain),
    ],
    ["rmsNorm", (x) => rmsNorm(x, gain)],
    ["logSumExp", (x) => logSumExp(x)],
    ["softmaxCrossEntropy", (x) => softmaxCrossEntropy(labels(), x)],
    ["gather", (x) => gather(x, labels())],
    ["stridedSlice", (x) => stridedSlice(x, [1, 3], [0, 0], [-1, -2])],
    ["where", (x) => where(tf.greater(gain, 1), x, tf.scalar(2))],
  ];

  it.each(cases)("of %s", (_, f) => {
    const x = sampleTensor([2, 4], 5);
    // The cube makes linear ops count.
    const slope = (y: tf.Tensor) => tf.grad((z: tf.Tensor) => tf.sum(tf.pow(f(z), 3)))(y);
    tf.tidy(() => checkGradients(slope, [x], { relative: 5e-3, absolute: 5e-3 }));
  });
});

describe("shapes", () => {
  it("sums a gradient down to the operand's shape", () => {
    const gradient = tf.reshape(tf.range(0, 24), [2, 3, 4]);
    assertClose(sumToShape(gradient, [3, 1]), [[60], [92], [124]]);
    assertClose(sumToShape(gradient, []), 276);
    expect(sumToShape(gradient, [1, 2, 3, 4].slice(1))).toBe(gradient);
  });

  it("counts axes from the end, and refuses those that are not there", () => {
    expect([positiveAxis(-1, 3, "op"), positiveAxis(0, 3, "op")]).toEqual([2, 0]);
    expect(() => positiveAxis(3, 3, "op")).toThrow("op: axis 3 is out of range for a tensor of rank 3.");
    expect(() => positiveAxis(0.5, 3, "op")).toThrow(/axis 0.5/);
    expect([sizeOf([]), sizeOf([2, 3])]).toEqual([1, 6]);
  });
});
