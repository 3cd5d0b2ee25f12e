import type { KeyStream } from "../../../../nn/dropout";
import { normalInit, parameter } from "../../../../nn/initializers";
import { tf } from "../../../../tensor";
import * as Rng from "../../../../tensor/rng";
import {
  applyBidirectionalBlock,
  type BidirectionalBlock,
  bidirectionalBlock,
  completeDecoderOptions,
  type DecoderOptions,
  type PartialDecoderOptions,
} from "./bidirectionalBlock";

export type ImageDecoderWeights<T extends tf.Tensor = tf.Variable> = BidirectionalBlock<T> & {
  /** m [d]: stands in the place of every patch. */
  readonly mask: T;
};

/** Tells an item's image from its codes, up to what a head makes of each patch's state. */
export interface ImageDecoder<T extends tf.Tensor = tf.Variable> {
  readonly options: DecoderOptions;
  readonly weights: ImageDecoderWeights<T>;
}

/** @param options `length` is P, the patches of an image */
export function imageDecoder(options: PartialDecoderOptions, key: tf.Tensor1D): ImageDecoder {
  const complete = completeDecoderOptions(options);
  const weights = tf.tidy(() => {
    const [maskKey, blockKey] = Rng.split(key, 2);
    const mask = parameter(normalInit(0.02), maskKey, [complete.dimensions]);
    return { ...bidirectionalBlock(complete, blockKey), mask };
  });
  return { options: complete, weights };
}

/**
 * s_p, one a patch: what the diffusion of that patch is conditioned on. All patches are masked, so that the states are made of the codes alone: those for
 * the image of a co-occurring item are the same, and one pass serves both.
 * @param z     [B, L, d]
 * @param keys  of the dropout; absent: evaluation
 * @returns [B, P, d]
 * @see UTGRec, arXiv:2504.04405, image reconstruction; a mask ratio of 1 in the authors' code
 */
export function patchStates(
  { options, weights }: ImageDecoder<tf.Tensor>,
  z: tf.Tensor3D,
  keys?: KeyStream,
): tf.Tensor3D {
  const [batch] = z.shape;
  const { length: patches } = options;
  const content = weights.mask.reshape([1, 1, -1]).tile([batch, patches, 1]) as tf.Tensor3D;
  return applyBidirectionalBlock(weights, options, { z, content, valid: tf.ones([batch, patches]) }, keys);
}
