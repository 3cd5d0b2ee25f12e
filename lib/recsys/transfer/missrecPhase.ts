import { applyDense, applyEmbedding, type Embedding, type KeyStream, parameter, zeros } from "../../nn";
import { gather, tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { disposeTree } from "../../tensor/tree";
import type { SequenceInput } from "../batches";
import { type ContentDomain, contentTensors } from "./domains";
import type { TextualHistories } from "./historyViews";
import {
  type EncodedHistories,
  encodeHistories,
  type MissRecEncoderOptions,
  type MissRecWeights,
} from "./missrecEncoder";
import type { Candidates } from "./missrecFusion";
import { findInterests, type Interests, interestVectors, type MultimodalContent } from "./missrecInterests";

export interface PhaseOptions extends MissRecEncoderOptions {
  /** How a candidate's text and picture are weighed: evenly, by a learnt factor of all items, or of each. */
  readonly fusion: "static" | "shared" | "item";
}

/** The weights, and what a domain or a mixture adds to them. */
export interface MissRecPhase {
  readonly weights: MissRecWeights;
  readonly options: PhaseOptions;
  readonly content: MultimodalContent;
  readonly interests: Interests;
  /** Of fusion by item: [V + 1]. */
  readonly factors: { readonly factors?: tf.Variable };
  /** The interests' vectors under the adaptors of the moment, [K + 1, d]; no gradient passes. */
  centres(): tf.Tensor2D;
  dispose(): void;
}

/**
 * MISSRec on a domain or a mixture.
 * @param ratio interests a text or picture
 * @throws Error where there are no pictures, or vectors are as wide as the model was not built for
 */
export function missRecPhase(
  weights: MissRecWeights,
  options: PhaseOptions,
  domain: ContentDomain,
  ratio: number,
  seed: number,
): MissRecPhase {
  const content = readContent(options, domain);
  const interests = findInterests(content, weights.adaptors, { ratio, seed });
  const factors =
    options.fusion === "item"
      ? { factors: tf.tidy(() => parameter(zeros, Rng.key(seed), [domain.data.items + 1])) }
      : {};
  return {
    ...{ weights, options, content, interests, factors },
    centres: () => interestVectors(interests, weights.adaptors),
    dispose: () => disposeTree({ ...content, ...interests, ...factors }),
  };
}

function readContent({ contentWidth, imageWidth }: PhaseOptions, domain: ContentDomain): MultimodalContent {
  const { text, image: pictures } = domain;
  if (pictures === undefined) throw new Error("MISSRec reads pictures, and the domain has none.");
  if (text.columns !== contentWidth || pictures.columns !== imageWidth)
    throw new Error(
      `MISSRec: text and image vectors are ${text.columns} and ${pictures.columns} wide, and the model was built for ${contentWidth} and ${imageWidth}.`,
    );
  const { image, hasImage, ...texts } = contentTensors(domain);
  return { ...texts, image: image!, hasImage: hasImage! };
}

/** Histories whose items stand for themselves by text and picture, and, where there are any, embeddings of their own. */
export function encode(
  phase: MissRecPhase,
  histories: TextualHistories,
  ids?: Embedding,
  keys?: KeyStream,
): EncodedHistories {
  const { weights, options, content, interests } = phase;
  const { items, text } = histories;
  const ofText = applyDense(weights.adaptors.text, text);
  const ofImage = applyDense(weights.adaptors.image, gather(content.image, items));
  const vectors = ofText.add(ofImage.mul(gather(content.hasImage, items).expandDims(2)));
  const input = ids === undefined ? vectors : vectors.add(applyEmbedding(ids, items, { padding: 0 }));
  return encodeHistories(weights, options, histories, input, phase.centres(), interests.ofItem, keys);
}

/** The histories with the texts of their items. */
export function withText(
  { content }: MissRecPhase,
  { items, lengths }: Pick<SequenceInput, "items" | "lengths">,
) {
  return { items, lengths, text: gather(content.text, items) as tf.Tensor3D };
}

/** The items as candidates. @param items their ids, [N] int32 */
export function candidates({ weights, content }: MissRecPhase, items: tf.Tensor1D): Candidates {
  const { adaptors } = weights;
  return {
    text: applyDense(adaptors.text, gather(content.text, items)) as tf.Tensor2D,
    image: applyDense(adaptors.image, gather(content.image, items)) as tf.Tensor2D,
    hasImage: gather(content.hasImage, items) as tf.Tensor1D,
  };
}

/** f of the items: 0, one number, or [N]. */
export function factorOf(
  { weights, options, factors }: MissRecPhase,
  items: tf.Tensor1D,
): tf.Tensor | number {
  if (factors.factors !== undefined) return gather(factors.factors, items);
  return options.fusion === "shared" ? weights.fusion : 0;
}
