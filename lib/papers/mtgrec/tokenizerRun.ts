import { Interrupted, type RunContext } from "../../experiment/experiment";
import type { RunOutput } from "../../experiment/store";
import type { LoadedCatalogue } from "../../recsys/generative/catalogues";
import { spacedSnapshots } from "../../recsys/generative/churnRule";
import { collisionRate, perplexity, usedCodes } from "../../recsys/generative/codeStatistics";
import { collaborativeVectors, trainingRows } from "../../recsys/generative/collaborativeVectors";
import {
  type TokenizerOptions,
  type TokenizerRun,
  trainLetter,
  trainTiger,
  trainTigerPlusPlus,
} from "../../recsys/generative/tokenizers";
import { largestCollision } from "../../recsys/generative/tokenMap";
import { tf } from "../../tensor";
import type { MtgRecConfig } from "./config";
import { loadData } from "./training";

/** Seeds of tokenizers that are restarts of each other, and of those of neighbouring seeds, are all different. */
const SEEDS_APART = 1000;

/**
 * A run of a tokenizer: it trains on the items that the training part of the data has, encodes all of them again and again towards the end, and keeps
 * the records that churn chooses.
 */
export async function tokenizerRun(config: MtgRecConfig, context: RunContext): Promise<RunOutput> {
  const catalogue = await loadData(config, { whiten: config.model === "TIGER++" });
  const start = performance.now();
  const { snapshots: records, history, codewords } = await trainTokenizer(config, catalogue, context);
  if (context.signal.aborted) throw new Interrupted();
  const snapshots = spacedSnapshots(records, { count: config.snapshots, target: config.snapshotChurn });
  const { codes } = snapshots[snapshots.length - 1];
  const byLevel = (name: string, values: readonly number[]) =>
    Object.fromEntries(values.map((value, level) => [`${name}, level ${level + 1}`, value]));
  return {
    metrics: {
      "collision rate": collisionRate(codes),
      "largest collision": largestCollision(codes),
      ...byLevel("used codes", usedCodes(codes)),
      ...byLevel("perplexity", perplexity(codes)),
      reconstruction: history[history.length - 1].reconstruction,
      snapshots: snapshots.length,
      "steps between snapshots": snapshots.length > 1 ? snapshots[1].step - snapshots[0].step : Number.NaN,
      levels: codes.levels,
      codes: codes.codes,
    },
    arrays: {
      codes: Int32Array.from(snapshots.flatMap((snapshot) => [...snapshot.codes.values])),
      codewords: Float64Array.from(codewords),
    },
    timings: { "training seconds": (performance.now() - start) / 1000 },
  };
}

async function trainTokenizer(
  config: MtgRecConfig,
  { data, content }: LoadedCatalogue,
  context: RunContext,
): Promise<TokenizerRun> {
  const seed = context.seed * SEEDS_APART + config.restart;
  const items = trainingRows(data);
  const stepsAnEpoch = Math.ceil(items.length / config.tokenizerBatchSize);
  const options: TokenizerOptions = {
    hidden: config.hidden,
    dimensions: config.codeDimensions,
    levels: config.model === "LETTER" ? config.levels + 1 : config.levels,
    codes: config.codes,
    epochs: config.tokenizerEpochs,
    batchSize: config.tokenizerBatchSize,
    learningRate: config.tokenizerLearningRate,
    ...{ seed, items },
    ...(config.tokenizerRestart > 0 ? { restartAfter: config.tokenizerRestart } : {}),
    snapshots: { every: config.recordEvery * stepsAnEpoch, count: config.records },
    signal: context.signal,
    onEpoch({ epoch, loss, reconstruction, used }) {
      context.log(epoch, { loss, reconstruction, "used codes, level 1": used[0] });
      context.progress(epoch, config.tokenizerEpochs, `epoch ${epoch}, loss ${loss.toFixed(4)}`);
    },
  };
  const x = tf.tensor2d(Float32Array.from(content.values), [content.rows, content.columns]);
  try {
    if (config.model === "TIGER++") return await trainTigerPlusPlus(x, options);
    if (config.model === "TIGER") return await trainTiger(x, options);
    const collaborative = await collaborativeVectors(data, {
      ...{ seed: context.seed, signal: context.signal },
      windowLength: config.windowLength,
      dimensions: config.codeDimensions,
      epochs: config.collaborativeEpochs,
      learningRate: config.baselineLearningRate,
    });
    if (context.signal.aborted) {
      collaborative.dispose();
      throw new Interrupted();
    }
    try {
      const clusters = Math.min(LETTER_CLUSTERS, Math.floor(config.codes / 2));
      return await trainLetter(x, { ...options, learningRate: LETTER_RATE, collaborative, clusters });
    } finally {
      collaborative.dispose();
    }
  } finally {
    x.dispose();
  }
}

/** LETTER's own, whatever the others have; a cluster needs two codes. */
const LETTER_RATE = 1e-3;
const LETTER_CLUSTERS = 10;
