import { join } from "node:path";
import { Interrupted, type RunContext } from "../../../experiment/experiment";
import type { RunOutput, StoredRun } from "../../../experiment/store";
import { collisionRate } from "../../../recsys/generative/codeStatistics";
import { type ItemCodes, itemCodes } from "../../../recsys/generative/itemCodes";
import { loadTree, saveTree, tf } from "../../../tensor";
import type { UtgRecConfig } from "../config";
import { type BookUse, bookUse, codesAt, mutualInformation } from "../tokenizer/codes/codeStatistics";
import { repairCollisions } from "../tokenizer/codes/collisionRepair";
import { codebookOf } from "../tokenizer/codes/factorisedBook";
import { contentTensors } from "../tokenizer/content";
import { type ContentUnion, contentUnion } from "../tokenizer/contentUnion";
import { pretrainMiniMm } from "../tokenizer/encoder/miniMMPretraining";
import { exportCodes } from "../tokenizer/exportCodes";
import { codeCrossEntropy } from "../tokenizer/reconstruction";
import { disposeTokenizer, tokenizerWeights, type UtgTokenizer } from "../tokenizer/tokenizer";
import {
  type TokenizerEpoch,
  type TokenizerTrainingOptions,
  trainTokenizer,
} from "../tokenizer/tokenizerTraining";
import type { Domain, World } from "../world/world";
import { cellOf } from "../world/worldConcepts";
import {
  buildTokenizer,
  CONTENT_SIZES,
  loadWorld,
  sourcesOf,
  targetOf,
  tokenizerOptions,
  withLowRank,
} from "./training";

const WEIGHTS_FILE = "tokenizer.safetensors";

/** A tokenizer trained on the sources, and how it writes their items. */
export async function pretrainedTokenizerRun(config: UtgRecConfig, context: RunContext): Promise<RunOutput> {
  const world = loadWorld(config);
  const sources = sourcesOf(world);
  const union = contentUnion(sources, CONTENT_SIZES);
  const start = performance.now();
  let tokenizer: UtgTokenizer | undefined;
  try {
    tokenizer = await freshTokenizer(config, world, context);
    const history = await train(tokenizer, union, context, {
      ...tokenizerOptions(config),
      phase: "pretraining",
      epochs: config.tokenizerEpochs,
      learningRate: config.tokenizerLearningRate,
      bypassSteps: config.quantiserWarmup,
      bookStart: config.bookStart,
      seed: context.seed,
    });
    const seconds = (performance.now() - start) / 1000;
    saveTree(join(context.folder, WEIGHTS_FILE), tokenizerWeights(tokenizer));
    const written = sources.map((domain) => writtenItems(tokenizer!, domain));
    return {
      metrics: {
        ...usage(history[history.length - 1].books, config),
        "collision rate": average(written.map(({ codes }) => collisionRate(codes))),
        "items repaired": average(written.map(({ repairedShare }) => repairedShare)),
        ...lastLosses(history),
      },
      arrays: { codes: Int32Array.from(written.flatMap(({ repaired }) => [...repaired.values])) },
      timings: { "training seconds": seconds },
    };
  } finally {
    if (tokenizer !== undefined) disposeTokenizer(tokenizer);
    union.dispose();
  }
}

/**
 * The tokenizer of the target: the pre-trained one, adapted or as it is, or one that is trained on the target alone, with as many updates as the two
 * phases have.
 * @param pretrained the run on the sources; undefined where there is none to begin with
 */
export async function tokenizerRun(
  config: UtgRecConfig,
  context: RunContext,
  pretrained: StoredRun | undefined,
): Promise<RunOutput> {
  const world = loadWorld(config);
  const target = targetOf(world);
  const union = contentUnion([target], CONTENT_SIZES);
  const start = performance.now();
  let tokenizer: UtgTokenizer | undefined;
  try {
    const common = { ...tokenizerOptions(config), seed: context.seed };
    tokenizer =
      pretrained === undefined
        ? await freshTokenizer(config, world, context)
        : readTokenizer(config, world, pretrained);
    const before = pretrained && exportTarget(tokenizer, target).codes;
    if (pretrained === undefined)
      await train(tokenizer, union, context, {
        ...common,
        phase: "pretraining",
        epochs: scratchTokenizerEpochs(config, world, union),
        learningRate: config.tokenizerLearningRate,
        bypassSteps: config.quantiserWarmup,
        bookStart: config.bookStart,
      });
    else if (config.adaptation !== "none")
      await train(tokenizer, union, context, {
        ...common,
        phase: config.adaptation === "frozen codes" ? "adaptation" : "free adaptation",
        epochs: config.adaptationEpochs,
        learningRate: config.adaptationLearningRate,
      });
    const seconds = (performance.now() - start) / 1000;
    saveTree(join(context.folder, WEIGHTS_FILE), tokenizerWeights(tokenizer));
    const { codes, repaired, repairedShare, crossEntropy } = writtenItems(tokenizer, target);
    const { levels } = codes;
    const [first, second] = [0, 1].map((position) => codesAt(position, codes.values, levels));
    const cells = Int32Array.from(target.truth.coarse, (_, row) => cellOf(target.truth, row + 1));
    return {
      metrics: {
        ...usage(bookUse(codes.values, tokenizer.codes), config),
        "collision rate": collisionRate(codes),
        "items repaired": repairedShare,
        "text from codes, nats": crossEntropy,
        "first code tells the concept, nats": mutualInformation(first, target.truth.coarse),
        "second code tells the cell, nats": mutualInformation(second, cells),
        ...(before === undefined
          ? {}
          : {
              "first codes kept": agreement(codesAt(0, before.values, levels), first),
              "tuples kept": agreement(tuples(before), tuples(codes)),
            }),
      },
      arrays: {
        codes: repaired.values,
        nearestCodes: codes.values,
        ...(before === undefined ? {} : { codesBefore: before.values }),
        ...codebooks(tokenizer),
      },
      timings: { "training seconds": seconds },
    };
  } finally {
    if (tokenizer !== undefined) disposeTokenizer(tokenizer);
    union.dispose();
  }
}

/** A tokenizer as a run left it, which the caller frees (`disposeTokenizer`). */
export function readTokenizer(config: UtgRecConfig, world: World, run: StoredRun): UtgTokenizer {
  const tokenizer = withLowRank(buildTokenizer(config, world.words.length, run.seed), config, run.seed);
  loadTree(join(run.folder, WEIGHTS_FILE), tokenizerWeights(tokenizer));
  return tokenizer;
}

/**
 * How a run of a tokenizer writes items, none like another of its domain: those of the sources in the order of the domains, where it is that of the
 * pre-trained one, else those of the target.
 */
export function readCodes({ levels, rootCodes, leafCodes }: UtgRecConfig, run: StoredRun): ItemCodes {
  return itemCodes(Int32Array.from(run.array("codes")), levels, Math.max(rootCodes, leafCodes));
}

/**
 * A tokenizer that has not been trained, around an encoder that has: on the content of the sources' items whatever the run, for it stands for a language
 * model that knows the world.
 */
async function freshTokenizer(
  config: UtgRecConfig,
  world: World,
  { seed, signal, log }: RunContext,
): Promise<UtgTokenizer> {
  const tokenizer = buildTokenizer(config, world.words.length, seed);
  const union = contentUnion(sourcesOf(world), CONTENT_SIZES);
  try {
    await pretrainMiniMm(tokenizer.encoder, union.content, {
      epochs: config.encoderEpochs,
      seed,
      items: union.trainRows,
      batchSize: Math.min(config.tokenizerBatchSize, union.trainRows.length),
      signal,
      onEpoch({ epoch, text, image }) {
        log(epoch, { "encoder, text": text, "encoder, image": image });
      },
    });
    if (signal.aborted) throw new Interrupted();
    return withLowRank(tokenizer, config, seed);
  } catch (error) {
    disposeTokenizer(tokenizer);
    throw error;
  } finally {
    union.dispose();
  }
}

async function train(
  tokenizer: UtgTokenizer,
  union: ContentUnion,
  { signal, log, progress }: RunContext,
  options: TokenizerTrainingOptions,
): Promise<readonly TokenizerEpoch[]> {
  const history = await trainTokenizer(tokenizer, union, {
    ...options,
    signal,
    onEpoch({ epoch, books, collisionRate: collisions, ...terms }) {
      log(epoch, { ...terms, "collision rate": collisions, "root codes used": books[0].used });
      progress(epoch, options.epochs, `tokenizer, epoch ${epoch}, loss ${terms.loss.toFixed(3)}`);
    },
  });
  if (signal.aborted) throw new Interrupted();
  return history;
}

/** As many updates as on the sources and in the adaptation together. */
function scratchTokenizerEpochs(config: UtgRecConfig, world: World, target: ContentUnion): number {
  const steps = (items: number) => Math.ceil(items / Math.min(config.tokenizerBatchSize, items));
  const union = contentUnion(sourcesOf(world), CONTENT_SIZES);
  const before = config.tokenizerEpochs * steps(union.trainRows.length);
  union.dispose();
  return config.adaptationEpochs + Math.round(before / steps(target.trainRows.length));
}

function exportTarget(tokenizer: UtgTokenizer, domain: Domain) {
  const content = contentTensors(domain, CONTENT_SIZES);
  try {
    const exported = exportCodes(tokenizer, content);
    return { ...exported, crossEntropy: codeCrossEntropy(tokenizer, content, exported.codes) };
  } finally {
    tf.dispose({ ...content });
  }
}

/** How the tokenizer writes a domain's items, before and after those that collide are told apart. */
function writtenItems(tokenizer: UtgTokenizer, domain: Domain) {
  const { codes, lastVectors, crossEntropy } = exportTarget(tokenizer, domain);
  const books = tf.tidy(() => tokenizer.books.map(codebookOf));
  try {
    const [leafCodebook, previousCodebook] = [...books].reverse().map((book) => book.dataSync());
    const { codes: repaired, repaired: moved } = repairCollisions({
      ...{ codes, lastVectors, leafCodebook },
      // The position before the last has the leaf book too, but where every position has its own.
      ...(tokenizer.codes.books === "flat" ? { previousCodebook } : {}),
    });
    return { codes, repaired, repairedShare: moved / codes.items, crossEntropy };
  } finally {
    tf.dispose(books);
  }
}

function usage(books: readonly BookUse[], { rootCodes, leafCodes }: UtgRecConfig): Record<string, number> {
  const [root, ...leaves] = books;
  const used = books.reduce((sum, book) => sum + book.used, 0);
  return {
    "root codes used": root.used,
    "root perplexity": root.perplexity,
    "leaf codes used": leaves.reduce((sum, book) => sum + book.used, 0),
    "leaf perplexity": average(leaves.map(({ perplexity }) => perplexity)),
    "share of codes used": used / (rootCodes + leafCodes),
  };
}

function lastLosses(history: readonly TokenizerEpoch[]): Record<string, number> {
  const { text, image, code, alignment } = history[history.length - 1];
  return { "text loss": text, "image loss": image, "code loss": code, "alignment loss": alignment };
}

/** [K, d_c] of each book. */
function codebooks({ books }: UtgTokenizer): Record<string, Float64Array> {
  const values = books.map((book) => tf.tidy(() => codebookOf(book)));
  try {
    return Object.fromEntries(values.map((book, k) => [`codebook${k}`, Float64Array.from(book.dataSync())]));
  } finally {
    tf.dispose(values);
  }
}

function tuples({ items, levels, values }: ItemCodes): string[] {
  return Array.from({ length: items }, (_, item) =>
    values.subarray(item * levels, (item + 1) * levels).join(),
  );
}

/** Share of the places where two lists agree. */
function agreement(a: ArrayLike<number | string>, b: ArrayLike<number | string>): number {
  return Array.from(a).filter((value, i) => value === b[i]).length / a.length;
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
