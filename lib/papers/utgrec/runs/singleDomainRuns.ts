import { Interrupted, type RunContext } from "../../../experiment/experiment";
import type { RunOutput } from "../../../experiment/store";
import { collaborativeVectors, trainingRows } from "../../../recsys/generative/collaborativeVectors";
import type { DenseMatrix } from "../../../recsys/generative/matrix";
import { type TokenizerOptions, trainLetter, trainTiger } from "../../../recsys/generative/tokenizers";
import {
  identifierVocabulary,
  largestCollision,
  type TokenMap,
  tokenMap,
} from "../../../recsys/generative/tokenMap";
import { multimodalContent } from "../../../recsys/transfer/multimodalContent";
import { tf } from "../../../tensor";
import type { UtgRecConfig } from "../config";
import { baselineContent } from "./baselineContent";
import { singleDomainRun } from "./recommenderRuns";
import { loadWorld } from "./training";

/** Widths of the RQ-VAE between content and code, and its step sizes: those of the lab's other recommender at this scale. */
const HIDDEN = [64, 32];
const TIGER_RATE = 3e-3;
const LETTER_RATE = 1e-3;
/** A quarter into its training, codes and optimiser start anew: before, the latents outgrow the codes. */
const RESTART = 0.25;
/** A cluster needs two codes. */
const LETTER_CLUSTERS = 10;
const COLLABORATIVE_EPOCHS = 10;

/** TIGER, TIGER-MM or LETTER: a tokenizer and a recommender that see nothing but the target. */
export async function singleTokenizerRun(config: UtgRecConfig, context: RunContext): Promise<RunOutput> {
  const contents = baselineContent(loadWorld(config), config);
  const target = contents[contents.length - 1];
  const { data, text } = target;
  const both = { text: "all", image: "all" } as const; // what baselineContent keeps of each
  const content = config.model === "TIGER-MM" ? multimodalContent(target, both) : text;
  const map = await identifiers(config, content, trainingRows(data), context, async (dimensions) => {
    const { seed, signal } = context;
    return collaborativeVectors(data, {
      ...{ dimensions, seed, signal },
      windowLength: config.windowLength,
      epochs: COLLABORATIVE_EPOCHS,
      learningRate: config.baselineLearningRate,
    });
  });
  return singleDomainRun(config, context, map);
}

async function identifiers(
  config: UtgRecConfig,
  content: DenseMatrix,
  items: Int32Array,
  { seed, signal, progress }: RunContext,
  collaborativeOf: (dimensions: number) => Promise<tf.Tensor2D>,
): Promise<TokenMap> {
  const letter = config.model === "LETTER";
  const { levels, rootCodes: codes, rqvaeEpochs: epochs, codeDimensions: dimensions } = config;
  const options: TokenizerOptions = {
    ...{ hidden: HIDDEN, dimensions, codes, epochs, seed, items, signal },
    levels: letter ? levels + 1 : levels, // in the place of TIGER's digit for items that collide
    batchSize: items.length,
    learningRate: letter ? LETTER_RATE : TIGER_RATE,
    restartAfter: Math.max(1, Math.round(RESTART * epochs)),
    onEpoch: ({ epoch, loss }) => progress(epoch, epochs, `RQ-VAE, epoch ${epoch}, loss ${loss.toFixed(4)}`),
  };
  const made: tf.Tensor2D[] = [];
  try {
    const x = tf.tensor2d(Float32Array.from(content.values), [content.rows, content.columns]);
    made.push(x);
    if (!letter) return mapOf(await trainTiger(x, options), "digit", signal);
    const collaborative = await collaborativeOf(dimensions);
    made.push(collaborative);
    const clusters = Math.min(LETTER_CLUSTERS, Math.floor(codes / 2));
    return mapOf(await trainLetter(x, { ...options, collaborative, clusters }), "shared", signal);
  } finally {
    tf.dispose(made);
  }
}

function mapOf(
  { snapshots }: Awaited<ReturnType<typeof trainTiger>>,
  collisions: "digit" | "shared",
  signal: AbortSignal,
): TokenMap {
  if (signal.aborted) throw new Interrupted();
  const { codes } = snapshots[snapshots.length - 1];
  return tokenMap(
    codes,
    identifierVocabulary(codes, collisions, Math.max(codes.codes, largestCollision(codes))),
  );
}
