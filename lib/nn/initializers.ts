import { tf } from "../tensor";
import * as Rng from "../tensor/rng";

/** Makes the first value of a parameter of the given shape from a key. Weight matrices are [inputs, outputs]. */
export type Initializer = (key: tf.Tensor1D, shape: readonly number[]) => tf.Tensor;

/** The same value everywhere. */
export function constantInit(value: number): Initializer {
  return (_, shape) => tf.fill([...shape], value);
}

export const zeros: Initializer = constantInit(0);
export const ones: Initializer = constantInit(1);

/** N(0, standardDeviation²); 0.02 is BERT's. */
export function normalInit(standardDeviation: number): Initializer {
  return (key, shape) => Rng.normal(key, [...shape], 0, standardDeviation);
}

/** U(-limit, limit). */
export function uniformInit(limit: number): Initializer {
  return (key, shape) => Rng.uniform(key, [...shape], -limit, limit);
}

/** U(-a, a), a = √(6 / (inputs + outputs)): Glorot and Bengio 2010, eq. 16. */
export const xavierUniform: Initializer = (key, shape) => {
  const { inputs, outputs } = fans(shape);
  return uniformInit(Math.sqrt(6 / (inputs + outputs)))(key, shape);
};

/** N(0, 2 / (inputs + outputs)): Glorot and Bengio 2010, eq. 12. */
export const xavierNormal: Initializer = (key, shape) => {
  const { inputs, outputs } = fans(shape);
  return normalInit(Math.sqrt(2 / (inputs + outputs)))(key, shape);
};

/** N(0, 2 / inputs), for ReLU networks: He et al. 2015, eq. 10. */
export const kaimingNormal: Initializer = (key, shape) =>
  normalInit(Math.sqrt(2 / fans(shape).inputs))(key, shape);

/** U(-1/√inputs, 1/√inputs): what torch.nn.Linear does when nobody tells it otherwise (its bias likewise). */
export const fanInUniform: Initializer = (key, shape) =>
  uniformInit(1 / Math.sqrt(fans(shape).inputs))(key, shape);

/** Orthonormal columns (or rows, where there are fewer), for recurrent weights: Saxe et al. 2014. Matrices only. */
export const orthogonal: Initializer = (key, shape) => {
  if (shape.length !== 2) throw new Error(`orthogonal needs a matrix, got shape [${shape}].`);
  return tf.tidy(() => {
    const [rows, columns] = shape;
    const tall = rows >= columns;
    const gaussian = Rng.normal(key, tall ? [rows, columns] : [columns, rows]) as tf.Tensor2D;
    const [q, r] = tf.linalg.qr(gaussian, false);
    // The sign of R's diagonal makes the distribution uniform over the orthogonal group.
    const diagonal = r.mul(tf.eye(tall ? columns : rows)).sum(0);
    const signed = q.mul(tf.sign(diagonal));
    return tall ? signed : signed.transpose();
  });
};

function fans(shape: readonly number[]): { inputs: number; outputs: number } {
  if (shape.length < 2) throw new Error(`This initializer needs at least a matrix, got shape [${shape}].`);
  const receptive = shape.slice(0, -2).reduce((product, size) => product * size, 1);
  return { inputs: shape[shape.length - 2] * receptive, outputs: shape[shape.length - 1] * receptive };
}

/** A trainable variable from an initializer. */
export function parameter(init: Initializer, key: tf.Tensor1D, shape: readonly number[]): tf.Variable {
  return tf.tidy(() => tf.variable(init(key, shape)));
}
