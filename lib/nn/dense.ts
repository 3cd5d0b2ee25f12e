import { tf } from "../tensor";
import * as Rng from "../tensor/rng";
import { type Initializer, parameter, xavierUniform, zeros } from "./initializers";

/** Parameters of a fully connected layer. */
export type Dense<T extends tf.Tensor = tf.Variable> = {
  /** [inputs, outputs]: the transpose of torch.nn.Linear's. */
  readonly weight: T;
  /** [outputs]; absent where the layer has no bias. */
  readonly bias?: T;
};

export interface DenseOptions {
  readonly inputs: number;
  readonly outputs: number;
  /** Default true. */
  readonly bias?: boolean;
  /** Of the weight; default Xavier uniform. */
  readonly init?: Initializer;
  /** Of the bias; default 0. */
  readonly biasInit?: Initializer;
}

export function dense(
  { inputs, outputs, bias = true, init = xavierUniform, biasInit = zeros }: DenseOptions,
  key: tf.Tensor1D,
): Dense {
  return tf.tidy(() => {
    const [weightKey, biasKey] = Rng.split(key, 2);
    const weight = parameter(init, weightKey, [inputs, outputs]);
    return bias ? { weight, bias: parameter(biasInit, biasKey, [outputs]) } : { weight };
  });
}

/**
 * x W + b over the last axis.
 * @param x [..., inputs]
 * @returns [..., outputs]
 */
export function applyDense({ weight, bias }: Dense<tf.Tensor>, x: tf.Tensor): tf.Tensor {
  const [inputs, outputs] = weight.shape;
  const last = x.shape[x.rank - 1];
  if (last !== inputs) {
    throw new Error(
      `applyDense: x [${x.shape}] has ${last} features, the weight [${weight.shape}] expects ${inputs}.`,
    );
  }
  // One 2-D product: tfjs would copy the weight once a batch element for a product of higher rank.
  const product = tf.matMul(x.reshape([-1, inputs]) as tf.Tensor2D, weight as unknown as tf.Tensor2D);
  const biased = bias === undefined ? product : product.add(bias);
  return biased.reshape([...x.shape.slice(0, -1), outputs]);
}
