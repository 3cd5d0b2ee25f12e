import {
  type Activation,
  activate,
  applyCausalConv1d,
  applyDense,
  applyDropout,
  type CausalConv1d,
  causalConv1d,
  type Dense,
  dense,
  type Initializer,
  type KeyStream,
  type LayerNorm,
  layerNorm,
  zeros,
} from "../../nn";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import type { SequenceInput } from "../batches";

/*
 * How TiM4Rec turns the gaps between a user's events into a factor of Δ: the time-aware enhancement of its state-space layers.
 * Everything here works on sequences of T gaps a head, [B, H, T], T the window's length L, or L + 1 with the time of prediction.
 */

const SECONDS_A_DAY = 86_400;
/** ε of the norms of gaps. */
const GAP_EPSILON = 1e-5;

/** The parameters of one layer's time differences. */
export type TimeDifferences<T extends tf.Tensor = tf.Variable> = {
  /** [T, T] twice: the network over positions that scales the gaps. */
  readonly expand: Dense<T>;
  readonly contract: Dense<T>;
  /** Two depthwise convolutions over time, one channel a head. */
  readonly first: CausalConv1d<T>;
  readonly second: CausalConv1d<T>;
};

export interface TimeDifferencesOptions {
  /** T */
  readonly gaps: number;
  /** H */
  readonly heads: number;
  /** Of the convolutions. */
  readonly width: number;
  readonly init: Initializer;
  readonly convolutionInit: Initializer;
}

export function timeDifferences(
  { gaps, heads, width, init, convolutionInit }: TimeDifferencesOptions,
  key: tf.Tensor1D,
): TimeDifferences {
  const [expandKey, contractKey, firstKey, secondKey] = Rng.split(key, 4);
  const convolution = { channels: heads, width, init: convolutionInit, biasInit: zeros };
  return {
    expand: dense({ inputs: gaps, outputs: gaps, init }, expandKey),
    contract: dense({ inputs: gaps, outputs: gaps, init }, contractKey),
    first: causalConv1d(convolution, firstKey),
    second: causalConv1d(convolution, secondKey),
  };
}

/** The parameters of the way from one layer's gaps to the next one's. */
export type TimeResidual<T extends tf.Tensor = tf.Variable> = {
  /** [T, 1] */
  readonly gate: Dense<T>;
  /** γ and β [T] */
  readonly norm: LayerNorm<T>;
};

export function timeResidual(
  { gaps, init }: { readonly gaps: number; readonly init: Initializer },
  key: tf.Tensor1D,
): TimeResidual {
  return {
    gate: dense({ inputs: gaps, outputs: 1, init }, key),
    norm: layerNorm({ dimensions: gaps }),
  };
}

/** Gaps in front of each event, and which of them there are. */
export interface GapSequence {
  /** In seconds, 0 where there is none, [B, T] */
  readonly seconds: tf.Tensor2D;
  /** 1 where there is one, else 0, [B, T] */
  readonly mask: tf.Tensor2D;
}

/**
 * The gaps of a batch as T numbers a row: g_1 = 0, g_i = t_i - t_{i-1}, and with `servingTime` also t_{n+1} - t_n, the one that leads
 * to the predicted event.
 */
export function gapSequence(
  { gaps, lengths }: Pick<SequenceInput, "gaps" | "lengths">,
  { windowLength, servingTime }: { readonly windowLength: number; readonly servingTime: boolean },
): GapSequence {
  const [rows, columns] = gaps.shape;
  const count = windowLength + (servingTime ? 1 : 0);
  const known = Math.min(columns, count);
  const cut = gaps.slice([0, 0], [rows, known]).mul<tf.Tensor2D>(SECONDS_A_DAY);
  const seconds = tf.pad2d(cut, [
    [0, 0],
    [0, count - known],
  ]);
  const real = servingTime ? lengths.add(tf.scalar(1, "int32")) : lengths;
  const mask = tf.range(0, count, 1, "int32").less(real.expandDims(1)).toFloat() as tf.Tensor2D;
  return { seconds: seconds.mul(mask), mask };
}

/**
 * Layer normalisation over the elements that are there: γ (x - mean) / √(variance + ε) + β, mean and variance over those of
 * mask 1, and 0 elsewhere.
 * @param x [.., T] @param mask [.., T], broadcast to x
 */
export function maskedNorm({ gain, bias }: LayerNorm<tf.Tensor>, x: tf.Tensor, mask: tf.Tensor): tf.Tensor {
  const share = mask.div(mask.sum(-1, true));
  const centred = x.sub(x.mul(share).sum(-1, true));
  const variance = centred.square().mul(share).sum(-1, true);
  return centred
    .mul(tf.rsqrt(variance.add(GAP_EPSILON)))
    .mul(gain)
    .add(bias)
    .mul(mask);
}

export interface ApplyTimeOptions {
  /** Behind the convolutions. */
  readonly activation: Activation;
  /** In front of the dense layers over positions. */
  readonly dropoutRate: number;
  readonly keys?: KeyStream;
}

/**
 * td = f(conv(f(conv(g ⊙ scale(g))))), scale(g) = W₂ SiLU(W₁ Dropout(g)) over all T positions: what multiplies a layer's Δ.
 * @param gaps g [B, H, T]
 * @returns [B, H, T]
 */
export function applyTimeDifferences(
  { expand, contract, first, second }: TimeDifferences<tf.Tensor>,
  gaps: tf.Tensor3D,
  { activation, dropoutRate, keys }: ApplyTimeOptions,
): tf.Tensor3D {
  const hidden = activate("silu", applyDense(expand, applyDropout(gaps, dropoutRate, keys)));
  const scaled = gaps.mul(applyDense(contract, hidden));
  const byTime = scaled.transpose<tf.Tensor3D>([0, 2, 1]); // a head is a channel of the convolutions
  const convolved = [first, second].reduce(
    (x, convolution) => activate(activation, applyCausalConv1d(convolution, x)) as tf.Tensor3D,
    byTime,
  );
  return convolved.transpose([0, 2, 1]);
}

/**
 * The gaps that the next layer sees: LN(ρ g + (1 - ρ) td), ρ = σ(w · Dropout(g)) one number a head.
 * @param gaps g [B, H, T] @param differences td [B, H, T] @param mask [B, 1, T]
 */
export function nextGaps(
  { gate, norm }: TimeResidual<tf.Tensor>,
  gaps: tf.Tensor3D,
  differences: tf.Tensor3D,
  mask: tf.Tensor,
  { dropoutRate, keys }: Pick<ApplyTimeOptions, "dropoutRate" | "keys">,
): tf.Tensor3D {
  const rho = tf.sigmoid(applyDense(gate, applyDropout(gaps, dropoutRate, keys))); // [B, H, 1]
  const mixed = differences.add(rho.mul(gaps.sub(differences)));
  return maskedNorm(norm, mixed, mask) as tf.Tensor3D;
}
