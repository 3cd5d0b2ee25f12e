import { applyDense, type Dense, dense } from "../../nn/dense";
import { fanInUniform, parameter, uniformInit } from "../../nn/initializers";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { disposeTree } from "../../tensor/tree";
import { type EmaCodebook, emaOf } from "./emaCodebook";
import { type ItemCodes, itemCodes } from "./itemCodes";
import {
  type Assignment,
  meanSquaredError,
  type Quantized,
  quantizationLoss,
  quantizeResiduals,
  type ResidualGradient,
} from "./residualQuantizer";

export interface RqVaeOptions {
  /** Width of the content vectors. */
  readonly inputs: number;
  /** Widths of the encoder's hidden layers; the decoder has them in reverse. */
  readonly hidden: readonly number[];
  /** d, of the latent and of the codes. */
  readonly dimensions: number;
  /** H */
  readonly levels: number;
  /** K, codes a level. */
  readonly codes: number;
  /** How the codes move: by running averages of what they stand for, or by gradient. */
  readonly codebooks: "ema" | "gradient";
  /** Default `detached`. */
  readonly residualGradient?: ResidualGradient;
  /** β. Default 0.25. */
  readonly commitment?: number;
  /** In training; default: the nearest code. Afterwards it is always the nearest. */
  readonly assignment?: Assignment;
}

export type RqVaeWeights<T extends tf.Tensor = tf.Variable> = {
  readonly encoder: readonly Dense<T>[];
  readonly decoder: readonly Dense<T>[];
  /** H of them, [K, d]. */
  readonly codebooks: readonly T[];
};

export interface RqVae {
  readonly options: RqVaeOptions;
  readonly weights: RqVaeWeights;
  /** What the optimiser moves: the codebooks are among them where they are trained by gradient. */
  readonly trained: { readonly [part: string]: readonly (Dense | tf.Variable)[] };
  /** Running averages of the codebooks; none where they are trained by gradient. */
  readonly averages: readonly EmaCodebook[];
  dispose(): void;
}

/**
 * A residual-quantised autoencoder: encoder and decoder are fully connected with ReLU between the layers, all first weights U(±1/√inputs). The
 * codes wait for their start (`startCodebooks`); until then they are U(±1/K).
 */
export function rqVae(options: RqVaeOptions, key: tf.Tensor1D): RqVae {
  const { inputs, hidden, dimensions, levels, codes } = options;
  const { weights, averages } = tf.tidy(() => {
    const [encoderKey, decoderKey, codeKey] = Rng.split(key, 3);
    const widths = [inputs, ...hidden, dimensions];
    const codebooks = Rng.split(codeKey, levels).map((k) =>
      parameter(uniformInit(1 / codes), k, [codes, dimensions]),
    );
    return {
      weights: {
        encoder: mlp(widths, encoderKey),
        decoder: mlp([...widths].reverse(), decoderKey),
        codebooks,
      },
      averages: options.codebooks === "gradient" ? [] : codebooks.map(emaOf),
    };
  });
  const { codebooks, ...autoencoder } = weights;
  return {
    options,
    weights,
    trained: options.codebooks === "gradient" ? { ...autoencoder, codebooks } : autoencoder,
    averages,
    dispose() {
      disposeTree(weights);
      for (const { counts, sums } of averages) tf.dispose([counts, sums]);
    },
  };
}

function mlp(widths: readonly number[], key: tf.Tensor1D): Dense[] {
  const layers = widths.length - 1;
  return Rng.split(key, layers).map((layerKey, k) => {
    const [inputs, outputs] = [widths[k], widths[k + 1]];
    const biasInit = uniformInit(1 / Math.sqrt(inputs));
    return dense({ inputs, outputs, init: fanInUniform, biasInit }, layerKey);
  });
}

/** ReLU between the layers, none after the last. @param x [B, inputs of the first] */
export function applyMlp(layers: readonly Dense<tf.Tensor>[], x: tf.Tensor2D): tf.Tensor2D {
  return layers.reduce<tf.Tensor>(
    (h, layer, k) => applyDense(layer, k === 0 ? h : tf.relu(h)),
    x,
  ) as tf.Tensor2D;
}

export interface RqVaeLoss {
  /** reconstruction + quantization */
  readonly loss: tf.Scalar;
  /** MSE(ẑ, z) */
  readonly reconstruction: tf.Scalar;
  readonly quantization: tf.Scalar;
  readonly quantized: Quantized;
}

/**
 * MSE(ẑ, z) + the quantisation loss, where ẑ = decoder(r~) and r_1 = encoder(z); means over batch and dimensions.
 * @param z [B, inputs]
 * @see Rajput et al. 2023, arXiv:2305.05065 (TIGER), 3.1
 */
export function rqVaeLoss(
  { encoder, decoder, codebooks }: RqVaeWeights<tf.Tensor>,
  z: tf.Tensor2D,
  {
    codebooks: kind,
    residualGradient,
    commitment,
    assignment,
  }: Pick<RqVaeOptions, "codebooks" | "residualGradient" | "commitment" | "assignment">,
): RqVaeLoss {
  const trainedCodes = kind === "gradient";
  const books = codebooks as readonly tf.Tensor2D[];
  const quantized = quantizeResiduals(applyMlp(encoder, z), books, {
    residualGradient,
    trainedCodes,
    assignment,
  });
  const reconstruction = meanSquaredError(applyMlp(decoder, quantized.quantized), z);
  const quantization = quantizationLoss(quantized, { commitment, trainedCodes });
  return { loss: reconstruction.add(quantization), reconstruction, quantization, quantized };
}

const ROWS_AT_ONCE = 4096;

/**
 * The codes of all items, each level's the nearest, and what the last level had to quantise.
 * @param content [items, inputs]
 * @returns codes, and r_H, [items, d], which the caller frees
 */
export function encodeItems(
  { weights, options }: RqVae,
  content: tf.Tensor2D,
): { codes: ItemCodes; lastResiduals: tf.Tensor2D } {
  const [items, inputs] = content.shape;
  const { levels, codes: K } = options;
  const values = new Int32Array(items * levels);
  const lastResiduals = tf.tidy(() => {
    const parts: tf.Tensor2D[] = [];
    for (let start = 0; start < items; start += ROWS_AT_ONCE) {
      const z = content.slice([start, 0], [Math.min(ROWS_AT_ONCE, items - start), inputs]);
      const { codes, residuals } = quantizeResiduals(
        applyMlp(weights.encoder, z),
        weights.codebooks as readonly tf.Tensor[] as readonly tf.Tensor2D[],
      );
      values.set(codes.dataSync(), start * levels);
      parts.push(residuals[levels - 1]);
    }
    return tf.concat(parts, 0);
  });
  return { codes: itemCodes(values, levels, K), lastResiduals };
}
