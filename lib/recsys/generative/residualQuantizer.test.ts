import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../../tensor";
import { assertClose, sampleTensor } from "../../tensor/testing";
import { quantizationLoss, quantizeResiduals, type ResidualGradient } from "./residualQuantizer";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const books = () => [
  tf.tensor2d([
    [0, 0],
    [4, 4],
  ]),
  tf.tensor2d([
    [1, 0],
    [0, 1],
  ]),
  tf.tensor2d([
    [0.5, 0.5],
    [-0.5, -0.5],
  ]),
];

describe("residual quantisation", () => {
  test("codes and residuals, worked by hand", () => {
    const { codes, residuals, remainder, quantized } = quantizeResiduals(tf.tensor2d([[4.6, 4.2]]), books());
    expect([...codes.dataSync()]).toEqual([1, 0, 1]);
    assertClose(residuals[1], [[0.6, 0.2]]);
    assertClose(residuals[2], [[-0.4, 0.2]]);
    assertClose(remainder, [[0.1, 0.7]]);
    assertClose(quantized, [[4.5, 3.5]]);
  });

  test("commitment of squared errors 1, worked by hand", () => {
    const quantized = {
      residuals: [
        tf.tensor2d([
          [1, 0],
          [0, 1],
          [1, 1],
        ]),
      ],
      chosen: [
        tf.tensor2d([
          [0, 1],
          [1, 0],
          [0, 0],
        ]),
      ],
    };
    assertClose(quantizationLoss(quantized), 0.25);
    assertClose(quantizationLoss(quantized, { trainedCodes: true }), 1.25);
  });

  test.each<ResidualGradient>(["detached", "attached"])(
    "r~ gives its gradient to r_1 once, %s",
    (residualGradient) => {
      const dy = sampleTensor<tf.Tensor2D>([3, 2], 2);
      const f = (r: tf.Tensor) =>
        quantizeResiduals(r as tf.Tensor2D, books(), { residualGradient }).quantized;
      assertClose(tf.grad(f)(sampleTensor([3, 2], 1, -2, 4), dy), dy);
    },
  );

  /** Gradient for r_1 of the commitment of levels 2 and 3. */
  const later = (residualGradient: ResidualGradient) =>
    tf.grad((r) => {
      const { residuals, chosen } = quantizeResiduals(r as tf.Tensor2D, books(), { residualGradient });
      return quantizationLoss({ residuals: residuals.slice(1), chosen: chosen.slice(1) });
    })(tf.tensor2d([[4.6, 4.2]]));

  test("levels 2 and 3 move the latent only where the residual is attached", () => {
    // β / (2 levels) · 2 / (2 dimensions) · (r_h - e_h) summed: 0.125 · ((-0.4, 0.2) + (0.1, 0.7))
    assertClose(later("attached"), [[-0.0375, 0.1125]]);
    expect(() => assertClose(later("detached"), [[0, 0]])).toThrow("Cannot compute gradient");
  });

  test("codes have a gradient only where they are trained", () => {
    const variables = books().map((book) => tf.variable(book));
    const latent = tf.variable(tf.tensor2d([[4.6, 4.2]]));
    const reach = (trainedCodes: boolean) =>
      tf.variableGrads(() => {
        const quantized = quantizeResiduals(
          latent as tf.Tensor as tf.Tensor2D,
          variables as tf.Tensor[] as tf.Tensor2D[],
          { trainedCodes },
        );
        return quantizationLoss(quantized, { trainedCodes });
      }).grads;
    expect(variables.map(({ name }) => reach(false)[name] ?? null)).toEqual([null, null, null]);
    // 2 / (3 levels · 2 dimensions) · (e_1 - r_1)
    assertClose(reach(true)[variables[0].name], [
      [0, 0],
      [-0.2, -0.2 / 3],
    ]);
  });
});
