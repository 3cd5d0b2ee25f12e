import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { noGradient, tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { assertClose, finiteDifferences, sampleTensor } from "../../tensor/testing";
import { countParameters, flattenTree } from "../../tensor/tree";
import { applyMlp, encodeItems, type RqVaeOptions, rqVae, rqVaeLoss } from "./rqVae";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const OPTIONS: RqVaeOptions = {
  inputs: 3,
  hidden: [4],
  dimensions: 2,
  levels: 3,
  codes: 3,
  codebooks: "ema",
};

function scene(options: Partial<RqVaeOptions>) {
  const model = rqVae({ ...OPTIONS, ...options }, Rng.key(3));
  model.weights.codebooks.forEach((book, h) => {
    book.assign(sampleTensor([3, 2], 20 + h, -0.8, 0.8).mul(0.6 ** h));
  });
  return { model, z: sampleTensor<tf.Tensor2D>([5, 3], 7, -2, 2) };
}

/**
 * The loss with everything that is cut from the gradient frozen at its first value: the codes chosen, sg[r_h], sg[e_h], the offset r~ - r_1 of the
 * straight-through estimator, and detached residuals. Its ordinary derivative is what the estimator calls the gradient.
 */
function frozenLoss({ model, z }: ReturnType<typeof scene>) {
  const { weights, options } = model;
  const [gradient, attached] = [options.codebooks === "gradient", options.residualGradient === "attached"];
  const { quantized: q } = rqVaeLoss(weights, z, options);
  const codes = tf.unstack(q.codes, 1) as tf.Tensor1D[];
  const sgR = q.residuals.map((r) => r.clone());
  const sgE = q.chosen.map((e) => e.clone());
  const offset = q.quantized.sub(q.residuals[0]);
  const mse = (x: tf.Tensor, y: tf.Tensor) => x.sub(y).square().mean();
  return () => {
    const r1 = applyMlp(weights.encoder, z);
    let total = mse(applyMlp(weights.decoder, r1.add(offset)), z);
    let r: tf.Tensor = r1;
    for (let h = 0; h < 3; h++) {
      const e = gradient ? tf.gather(weights.codebooks[h], codes[h]) : sgE[h];
      total = total.add(mse(r, sgE[h]).mul(0.25 / 3));
      if (gradient) total = total.add(mse(sgR[h], e).div(3));
      r = attached ? r.sub(e) : (sgR[h + 1] ?? r);
    }
    return total as tf.Scalar;
  };
}

describe.each(["ema", "gradient"] as const)("RQ-VAE, codebooks by %s", (codebooks) => {
  test.each(["detached", "attached"] as const)(
    "gradients against finite differences, %s",
    (residualGradient) => {
      const world = scene({ codebooks, residualGradient });
      const { model, z } = world;
      const frozen = frozenLoss(world);
      assertClose(rqVaeLoss(model.weights, z, model.options).loss, frozen(), { relative: 1e-6 });
      const { grads } = tf.variableGrads(() => rqVaeLoss(model.weights, z, model.options).loss);
      for (const [path, variable] of flattenTree<object>(model.trained)) {
        const parameter = variable as tf.Variable;
        const values = [...parameter.dataSync()];
        const set = (to: readonly number[]) => parameter.assign(tf.tensor([...to], parameter.shape));
        const numeric = finiteDifferences(
          (moved) =>
            tf.tidy(() => {
              set(moved);
              return frozen().dataSync()[0];
            }),
          values,
          0.005,
        );
        tf.tidy(() => set(values));
        const expected = tf.tensor(numeric, parameter.shape);
        assertClose(grads[parameter.name], expected, { relative: 5e-3, absolute: 1e-3 }, path);
      }
      const ofCodes = model.weights.codebooks.map(({ name }) => grads[name] !== undefined);
      expect(ofCodes).toEqual([1, 2, 3].map(() => codebooks === "gradient"));
    },
  );
});

describe("RQ-VAE", () => {
  test("has the published size: 3,051,392 parameters a side", () => {
    const options = { ...OPTIONS, inputs: 128, hidden: [2048, 1024, 512, 256], dimensions: 128 };
    const { weights } = rqVae(options, Rng.key(1));
    expect(countParameters(weights.encoder)).toBe(3_051_392);
    expect(countParameters(weights.decoder)).toBe(3_051_392);
  });

  test("encodes items as the loss does, frees what it made, and dispose frees the model", () => {
    const start = tf.memory().numTensors;
    const key = Rng.key(5);
    const model = rqVae(OPTIONS, key);
    const z = sampleTensor<tf.Tensor2D>([6, 3], 2);
    const before = tf.memory().numTensors;
    const { codes, lastResiduals } = encodeItems(model, z);
    expect(tf.memory().numTensors).toBe(before + 1);
    const { quantized } = noGradient(() => rqVaeLoss(model.weights, z, model.options));
    expect([...codes.values]).toEqual([...quantized.codes.dataSync()]);
    assertClose(lastResiduals, quantized.residuals[2]);
    const other = rqVae(OPTIONS, key);
    const made = tf.memory().numTensors;
    other.dispose();
    expect(made - tf.memory().numTensors).toBe(before - start - 2);
  });
});
