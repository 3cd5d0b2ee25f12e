import { compile, tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { finiteDifferences } from "../../tensor/testing";
import { flattenTree } from "../../tensor/tree";
import type { ItemAttributes } from "../attributes";
import type { SequentialModel, TrainingBatch } from "./sequentialModel";

/** Three histories of 4, 2 and 1 items out of 6; targets 6, 1, 3. */
export function toyBatch(): TrainingBatch {
  return {
    items: tf.tensor2d([3, 1, 5, 2, 4, 6, 0, 0, 2, 0, 0, 0], [3, 4], "int32"),
    gaps: tf.zeros([3, 5]),
    lengths: tf.tensor1d([4, 2, 1], "int32"),
    targets: tf.tensor1d([6, 1, 3], "int32"),
    users: tf.tensor1d([0, 1, 2], "int32"),
    weights: tf.ones([3]),
  };
}

/** Of each item i one of three attributes, i mod 3, and one of two, 3 + i mod 2; padding has none. */
export function toyAttributes(items: number): ItemAttributes {
  const matrix = new Float32Array((items + 1) * 5);
  for (let item = 1; item <= items; item++) {
    matrix[item * 5 + (item % 3)] = 1;
    matrix[item * 5 + 3 + (item % 2)] = 1;
  }
  return { names: ["a", "b", "c", "d", "e"], matrix };
}

/**
 * Gives parameter number p (from 1, in tree order) the elements 0.8 sin(1.7 k + p), k counting row by row; norm gains get 1
 * more. RecBole 1.2.1 with the same numbers (its weight matrices are the transposes), dropout 0, gave the values below.
 */
export function fillWithWaves(model: SequentialModel): void {
  flattenTree(model.parameters as object).forEach(([path, leaf], index) => {
    const variable = leaf as tf.Variable;
    const offset = path.endsWith("gain") ? 1 : 0;
    const values = Float32Array.from(
      { length: variable.size },
      (_, k) => offset + 0.8 * Math.sin(1.7 * k + index + 1),
    );
    variable.assign(tf.tensor(values, variable.shape));
  });
}

export function variableAt(model: SequentialModel, path: string): tf.Variable {
  const found = flattenTree(model.parameters as object).find(([candidate]) => candidate === path);
  return found![1] as tf.Variable;
}

export function gradientOf(model: SequentialModel, path: string): tf.Tensor {
  const variable = variableAt(model, path);
  return tf.variableGrads(() => model.loss(toyBatch(), Rng.key(1)), [variable]).grads[variable.name];
}

/**
 * Compares the gradient of a loss with central differences at the first, the middle and the last element of every parameter.
 * @param unreached  paths of parameters that the loss may leave without a gradient; every other one must have one
 * @param differenced  the same function of the parameters, where `loss` holds part of it still for its gradient
 * @param steps  of the differences, one of which must agree: a long one may cross the kink of a rectifier, a short one drowns in rounding
 */
export function checkParameterGradients(
  parameters: object,
  loss: () => tf.Scalar,
  {
    unreached = /^$/,
    differenced = loss,
    steps = [1e-2],
  }: { unreached?: RegExp; differenced?: () => tf.Scalar; steps?: readonly number[] } = {},
): void {
  const { grads } = tf.variableGrads(loss);
  const compiled = compile(differenced, { xla: false });
  for (const [path, leaf] of flattenTree(parameters)) {
    const variable = leaf as unknown as tf.Variable;
    const gradient = grads[variable.name]?.dataSync();
    if (gradient === undefined && !unreached.test(path)) throw new Error(`The loss does not reach ${path}.`);
    const values = [...variable.dataSync()];
    for (const element of new Set([0, Math.floor(values.length / 2), values.length - 1])) {
      const at = (value: number) =>
        tf.tidy(() => {
          const moved = values.map((old, i) => (i === element ? value : old));
          variable.assign(tf.tensor(moved, variable.shape));
          return compiled().dataSync()[0];
        });
      const analytic = gradient?.[element] ?? 0;
      const tried: number[] = [];
      const agrees = steps.some((step) => {
        const [numeric] = finiteDifferences(([value]) => at(value), [values[element]], step);
        tried.push(numeric);
        return Math.abs(analytic - numeric) < 2e-2 * Math.abs(numeric) + 2e-3;
      });
      at(values[element]);
      if (!agrees)
        throw new Error(
          `${path}[${element}]: the gradient is ${analytic}, central differences give ${tried.join(", ")}.`,
        );
    }
  }
  compiled.dispose();
}
