import type { Random } from "../../../data/random";
import { tf } from "../../../tensor";
import * as Rng from "../../../tensor/rng";
import { contentTensors } from "./content";
import type { ContentUnion } from "./contentUnion";
import { TOPIC_SIZES, TOPIC_VOCABULARY, topicItems } from "./encoder/encoderTesting";
import { miniMM } from "./encoder/miniMM";
import { type UtgTokenizer, type UtgTokenizerOptions, utgTokenizer } from "./tokenizer";

export interface SmallTokenizerOptions {
  readonly dimensions?: number;
  /** Of encoder and adapter. Default 0.1. */
  readonly dropout?: number;
  readonly codes?: Partial<UtgTokenizerOptions["codes"]>;
}

/** A tokenizer of the topics' items, of one layer. */
export function smallTokenizer(
  seed: number,
  { dimensions = 8, dropout = 0.1, codes = {} }: SmallTokenizerOptions = {},
): UtgTokenizer {
  const [encoderKey, tokenizerKey] = Rng.split(Rng.key(seed), 2);
  const sizes = { dimensions, inner: 2 * dimensions, layers: 1, heads: 2, dropout };
  const encoder = miniMM({ ...TOPIC_SIZES, vocabulary: TOPIC_VOCABULARY, ...sizes }, encoderKey);
  const small = { books: "tree", factorised: true, rootCodes: 6, leafCodes: 8, dimensions: 4 } as const;
  const diffusion = { depth: 1, waves: 8 };
  return utgTokenizer(
    encoder,
    { codes: { ...small, ...codes }, adapter: { dropout }, diffusion, diffusionSteps: 100 },
    tokenizerKey,
  );
}

/** Topic items that are all trained on, each beside another of its topic. */
export function topicUnion(items: number, seed: number): ContentUnion & { readonly topics: Int32Array } {
  const { topics, ...arrays } = topicItems(items, seed);
  const content = contentTensors(arrays, TOPIC_SIZES);
  const mates = Array.from(topics, (topic, row) =>
    Array.from(topics.keys()).filter((other) => topics[other] === topic && other !== row),
  );
  return {
    content,
    topics,
    offsets: [0],
    trainRows: Int32Array.from(topics.keys()),
    drawPartners: (rows: Int32Array, random: Random) =>
      rows.map((row) => mates[row][random.integer(mates[row].length)] ?? row),
    dispose: () => tf.dispose({ ...content }),
  };
}
