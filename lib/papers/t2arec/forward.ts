import {
  applyCausalConv1d,
  applyDense,
  applyDropout,
  applyEmbedding,
  applyFeedForward,
  applyGatedRmsNorm,
  applyLayerNorm,
  type KeyStream,
} from "../../nn";
import { selectPositions } from "../../recsys/models/sequentialModel";
import { tf } from "../../tensor";
import { silu, softplus } from "../../tensor/ops/activations";
import { stopGradient } from "../../tensor/ops/stopGradient";
import type { CompleteOptions, T2ARecParameters } from "./parameters";
import { align2Ssm, finalState } from "./ssm";

type Parameters = T2ARecParameters<tf.Tensor>;

/** Everything in front of the state: eq. 3-5 on all positions. */
export interface Transformed {
  /** E1, the block input, [B, L, d] */
  readonly embedded: tf.Tensor3D;
  /** U2, what the convolution reads, 0 on padding, [B, L, d + 2s] */
  readonly projected: tf.Tensor3D;
  /** X [B, L, d] */
  readonly x: tf.Tensor3D;
  /** B [B, L, s] */
  readonly write: tf.Tensor3D;
  /** C [B, L, s] */
  readonly read: tf.Tensor3D;
  /** Δ [B, L], 0 on padding */
  readonly delta: tf.Tensor2D;
}

/** A history read up to one position: what predicts the next item and what the alignment losses need. */
export interface Encoded {
  /** o_n [B, d] */
  readonly output: tf.Tensor2D;
  /** h_n [B, s, d] */
  readonly state: tf.Tensor3D;
  /** Δ_1..Δ_n, 0 elsewhere, [B, L] */
  readonly delta: tf.Tensor2D;
  /** x_n [B, d] */
  readonly lastX: tf.Tensor2D;
  /** E1_n [B, d] */
  readonly lastInput: tf.Tensor2D;
  /** U2 at the k - 1 positions n - k + 2 .. n, zeros before the start, [B, k - 1, d + 2s] */
  readonly context: tf.Tensor3D;
}

/** A = -exp(A_log) < 0. */
export function decayOf({ logDecay }: Parameters): tf.Scalar {
  return tf.neg(tf.exp(logDecay as tf.Scalar));
}

/** Embedding and Transform. @param items [B, L] int32, 0 on padding */
export function transform(
  parameters: Parameters,
  { dropout, epsilon, dimensions, stateSize }: CompleteOptions,
  items: tf.Tensor2D,
  keys?: KeyStream,
): Transformed {
  const { projection, convolution } = parameters.transform;
  const mask = items.greater(tf.scalar(0, "int32")).toFloat() as tf.Tensor2D;
  // E1 = LN(Dropout(E[ids]))
  const looked = applyEmbedding(parameters.items, items, { padding: 0 });
  const embedded = applyLayerNorm(parameters.inputNorm, applyDropout(looked, dropout, keys), epsilon);
  // U = E1 W₁ + b₁ (eq. 3), the last channel for Δ
  const channels = dimensions + 2 * stateSize;
  const [toConvolution, toDelta] = tf.split(applyDense(projection, embedded), [channels, 1], 2);
  // Padding on the left would leak b₁ into the windows of the first real positions.
  const projected = toConvolution.mul<tf.Tensor3D>(mask.expandDims(2));
  // [X | B | C] = SiLU(conv(U2)) (eq. 4)
  const [x, write, read] = parts(silu(applyCausalConv1d(convolution, projected)), dimensions, stateSize);
  // Δ = softplus(U3) (eq. 5); Δ = 0 on padding leaves the state as it is
  const delta = softplus(toDelta.squeeze([2])).mul<tf.Tensor2D>(mask);
  return {
    embedded: embedded as tf.Tensor3D,
    projected,
    x: x as tf.Tensor3D,
    write: write as tf.Tensor3D,
    read: read as tf.Tensor3D,
    delta,
  };
}

/** o_n and its company, computing the state and all that follows it at position n alone. @param last [B] int32, n - 1 */
export function encodeLast(
  parameters: Parameters,
  options: CompleteOptions,
  transformed: Transformed,
  last: tf.Tensor1D,
  keys?: KeyStream,
): Encoded {
  const cut = upTo(transformed, options, last);
  const state = finalState({ ...cut, decay: decayOf(parameters) }); // [B, s, d]
  const lastRead = selectPositions(transformed.read, last).expandDims<tf.Tensor3D>(1); // C_n [B, 1, s]
  const y = tf.matMul(lastRead, state).squeeze([1]); // y_n = h_nᵀ C_n (eq. 7)
  const output = readOut(parameters, options, { embedded: cut.lastInput, x: cut.lastX, y }, keys);
  return { ...cut, state, output: output as tf.Tensor2D };
}

/** O [B, L, d]: the block's output at every position. */
export function encodeAll(
  parameters: Parameters,
  options: CompleteOptions,
  transformed: Transformed,
  keys?: KeyStream,
): tf.Tensor3D {
  const { outputs } = align2Ssm({ ...transformed, decay: decayOf(parameters) }, options.form, options.chunk);
  return readOut(parameters, options, { ...transformed, y: outputs }, keys) as tf.Tensor3D;
}

/** The same company for a position in the middle of a row, from the outputs of `encodeAll`. */
export function encodedAt(
  parameters: Parameters,
  options: CompleteOptions,
  transformed: Transformed,
  outputs: tf.Tensor3D,
  last: tf.Tensor1D,
): Encoded {
  const cut = upTo(transformed, options, last);
  const state = finalState({ ...cut, decay: decayOf(parameters) });
  return { ...cut, state, output: selectPositions(outputs, last) as tf.Tensor2D };
}

/** Transform of the last output as a pretend token n + 1: x̂, B' and Δ'. @see T2ARec, eq. 11 */
export interface Refed {
  /** x̂ [B, d] */
  readonly x: tf.Tensor2D;
  /** B' [B, s] */
  readonly write: tf.Tensor2D;
  /** Δ' [B] */
  readonly delta: tf.Tensor1D;
}

/**
 * (x̂, B', C', Δ') = Transform(sg(o_n)) (eq. 11). The stop-gradient stands on o_n: gradients reach W₁, b₁ and the
 * convolution through this call, nothing behind o_n.
 */
export function refeed(
  parameters: Parameters,
  { dimensions, stateSize, refeedContext }: CompleteOptions,
  { output, context }: Pick<Encoded, "output" | "context">,
): Refed {
  const { projection, convolution } = parameters.transform;
  const channels = dimensions + 2 * stateSize;
  const [toConvolution, toDelta] = tf.split(applyDense(projection, stopGradient(output)), [channels, 1], 1);
  const before = refeedContext ? context : tf.zerosLike(context);
  const window = tf.concat3d([before, toConvolution.expandDims<tf.Tensor3D>(1)], 1); // [B, k, d + 2s]
  const convolved = window.mul(convolution.weight).sum(1).add(convolution.bias); // the convolution's last position
  const [x, write] = parts(silu(convolved), dimensions, stateSize);
  return {
    x: x as tf.Tensor2D,
    write: write as tf.Tensor2D,
    delta: softplus(toDelta.squeeze([1])) as tf.Tensor1D,
  };
}

/** What stands at and before position `last`. */
function upTo(
  { embedded, projected, x, write, delta }: Transformed,
  options: CompleteOptions,
  last: tf.Tensor1D,
) {
  const length = x.shape[1];
  const columns = tf.range(0, length, 1, "int32");
  const seen = columns.lessEqual(last.expandDims(1)).toFloat(); // [B, L]
  const neighbours = tf.range(2 - options.convolutionWidth, 1, 1, "int32"); // -(k - 2) .. 0
  return {
    x,
    write,
    delta: delta.mul<tf.Tensor2D>(seen),
    lastX: selectPositions(x, last) as tf.Tensor2D,
    lastInput: selectPositions(embedded, last) as tf.Tensor2D,
    context: selectPositions(projected, last.expandDims(1).add(neighbours)) as tf.Tensor3D,
  };
}

/** Gate, norm, output layer and feed-forward network: figure 3 and eq. 8. @param inputs of shape [.., d] each */
function readOut(
  parameters: Parameters,
  { dropout, epsilon }: CompleteOptions,
  { embedded, x, y }: { embedded: tf.Tensor; x: tf.Tensor; y: tf.Tensor },
  keys?: KeyStream,
): tf.Tensor {
  const withSkip = parameters.skip === undefined ? y : y.add(x.mul(parameters.skip));
  const gate = applyDense(parameters.gate, embedded);
  const gated = applyGatedRmsNorm(parameters.gateNorm, withSkip, gate); // G = RMSNorm(Y ∘ SiLU(E1 W_z))
  const mixed = applyDropout(applyDense(parameters.output, gated), dropout, keys);
  const residual = applyLayerNorm(parameters.outputNorm, embedded.add(mixed), epsilon); // R1 = LN(E1 + Dropout(G W_o))
  const transformed = applyFeedForward(parameters.feedForward, residual, {
    activation: "gelu",
    dropoutRate: dropout,
    keys,
  });
  return applyLayerNorm(parameters.feedForwardNorm, residual.add(transformed), epsilon); // O = LN(R1 + Dropout(FFN(R1)))
}

/** [.., d | s | s] */
function parts(joined: tf.Tensor, dimensions: number, stateSize: number): tf.Tensor[] {
  return tf.split(joined, [dimensions, stateSize, stateSize], joined.rank - 1);
}
