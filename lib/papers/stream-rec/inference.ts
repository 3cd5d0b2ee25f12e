import { beamSearch, beamSearchFrom, DEAD } from "../../recsys/generative/beamSearch";
import { encode } from "../../recsys/generative/t5";
import { decoderMemory } from "../../recsys/generative/t5Cache";
import type { T5 } from "../../recsys/generative/t5Parameters";
import { type TrieTensors, trieTensors } from "../../recsys/generative/trieTensors";
import { compile, type TraceReport, tf } from "../../tensor";
import { pausePrefix } from "./pauses";
import { greedyTraces, think } from "./thinking";
import type { StreamTokens } from "./tokens";

/**
 * How a model decodes.
 * - `direct`: the direct start, then a search for the item.
 * - `pauses`: as direct, with all pauses in between.
 * - `think`: the start of thinking, l tokens greedily, then a search for the item.
 * - `think-joint`: a search over thinking and item together; the scores of an item that several traces lead to are added up as probabilities.
 */
export type Mode = "direct" | "pauses" | "think" | "think-joint";

export interface RecommenderOptions {
  readonly mode: Mode;
  /** l, thinking tokens; a model that does not think needs none. Default 0. */
  readonly steps?: number;
  /** Tuples a case: 20 on validation and 50 on test in MTGRec's code. */
  readonly beams: number;
  /** Cases a batch; every batch has this many, so that one program serves all. Default 64. */
  readonly batchSize?: number;
}

/** What is known of cases when they are predicted: there is no target here. */
export interface Histories {
  /** n */
  readonly size: number;
  /** [n, P] int32, from `historyTokens` */
  readonly inputs: Int32Array;
}

export interface Recommendations {
  readonly beams: number;
  /** [n, beams] item ids, the best first; 0 where there are no more. */
  readonly items: Int32Array;
  /** [n, beams] log-probability of each, in nats; -∞ where there is none. */
  readonly scores: Float64Array;
  /** [n, l] the tokens thought; absent in modes that have no single trace. */
  readonly traces?: Int32Array;
}

/** Recommends. It reads the weights anew at every call. */
export interface Recommender {
  /** @throws Error where a search finds nothing: the weights have diverged */
  (histories: Histories, onBatch?: (done: number, total: number) => void): Recommendations;
  readonly options: RecommenderOptions;
  report(): TraceReport[];
  dispose(): void;
}

type Found = {
  readonly items: tf.Tensor2D;
  readonly scores: tf.Tensor2D;
  /** [B, l] int32, of the mode `think`. */
  readonly traces: tf.Tensor2D;
};

/**
 * Decodes histories: only identifiers of items, by a trie, whose log-probabilities are those of the softmax over the whole vocabulary. In the mode
 * `think` a score is that of the answer's tokens, after the trace; in `think-joint` it has the trace in it. Traceable as a whole.
 * @param inputs [B, P] int32
 * @returns items and scores, [B, beams]; in `think-joint` an item may be there several times
 * @see STREAM-Rec, arXiv:2504.09627; which of the two ways of thinking the paper decodes by is not known
 */
export function searchItems(
  model: T5<tf.Tensor>,
  inputs: tf.Tensor2D,
  trie: TrieTensors,
  tokens: StreamTokens,
  { mode, steps = 0, beams }: RecommenderOptions,
): Found {
  return tf.tidy(() => {
    const search = { beams, constrained: true };
    const none = () => tf.zeros<tf.Rank.R2>([inputs.shape[0], 0], "int32");
    if (mode === "direct" || mode === "pauses") {
      const prefix = mode === "direct" ? [tokens.startDirect] : pausePrefix(tokens);
      const { items, scores } = beamSearch(model, inputs, trie, { ...search, prefix });
      return { items, scores, traces: none() };
    }
    const memory = decoderMemory(model, encode(model, inputs));
    const isJoint = mode === "think-joint";
    const thought = think(model, memory, tokens, steps, isJoint ? beams : 1);
    const { cache, last } = thought;
    const scores = isJoint ? thought.scores : undefined;
    const found = beamSearchFrom(model, { memory, cache, last, scores }, trie, search);
    return { items: found.items, scores: found.scores, traces: isJoint ? none() : greedyTraces(thought) };
  });
}

/** @throws RangeError where an option is no whole number in its range */
export function createRecommender(
  model: T5<tf.Tensor>,
  tokens: StreamTokens,
  options: RecommenderOptions,
): Recommender {
  const { mode, steps = 0, beams, batchSize = 64 } = options;
  for (const [name, value, least] of [
    ["steps", steps, 0],
    ["beams", beams, 1],
    ["batchSize", batchSize, 1],
  ] as const)
    if (!Number.isInteger(value) || value < least)
      throw new RangeError(`${name} must be a whole number >= ${least}; got ${value}.`);
  const trie = trieTensors(tokens.map);
  const search = compile(
    (inputs: tf.Tensor2D, own: TrieTensors) => searchItems(model, inputs, own, tokens, options),
    { name: `search, ${mode}`, xla: false },
  );

  const run = ({ size, inputs }: Histories, onBatch?: (done: number, total: number) => void) => {
    const width = inputs.length / size;
    const items = new Int32Array(size * beams);
    const scores = new Float64Array(size * beams).fill(Number.NEGATIVE_INFINITY);
    const traces = new Int32Array(size * steps);
    for (let start = 0; start < size; start += batchSize) {
      const real = Math.min(batchSize, size - start);
      // A short last batch is filled up with padding.
      const rows = new Int32Array(batchSize * width);
      rows.set(inputs.subarray(start * width, (start + real) * width));
      const found = tf.tidy(() => {
        const { items, scores, traces } = search(tf.tensor2d(rows, [batchSize, width], "int32"), trie);
        return { items: items.dataSync(), scores: scores.dataSync(), traces: traces.dataSync<"int32">() };
      });
      for (let row = 0; row < real; row++) {
        const [from, to] = [row * beams, (row + 1) * beams];
        const list = pooled(found.items.subarray(from, to), found.scores.subarray(from, to));
        if (list.length === 0)
          throw new Error(
            `The search of history ${start + row} found nothing: its best score is ${found.scores[from]}. Have the weights diverged?`,
          );
        list.forEach(([item, score], k) => {
          items[(start + row) * beams + k] = item;
          scores[(start + row) * beams + k] = score;
        });
      }
      if (mode === "think") traces.set(found.traces.subarray(0, real * steps), start * steps);
      onBatch?.(start + real, size);
    }
    return { beams, items, scores, ...(mode === "think" ? { traces } : {}) };
  };

  return Object.assign(run, {
    options,
    report: () => search.report(),
    dispose() {
      search.dispose();
      tf.dispose([...trie.children]);
    },
  });
}

/**
 * The items of a row's beams, each once with log Σ exp of its scores, the best first; beams that stand for nothing are left out.
 * @returns of each item its id and score
 */
export function pooled(items: ArrayLike<number>, scores: ArrayLike<number>): [item: number, score: number][] {
  const sums = new Map<number, number>();
  for (let beam = 0; beam < items.length; beam++) {
    const [item, score] = [items[beam], scores[beam]];
    if (item === 0 || !(score > DEAD)) continue;
    const before = sums.get(item);
    sums.set(item, before === undefined ? score : logAddExp(before, score));
  }
  // A stable sort: of equal scores the one that the search had first.
  return [...sums].sort(([, a], [, b]) => b - a);
}

/** log(eᵃ + eᵇ) */
function logAddExp(a: number, b: number): number {
  return Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));
}
