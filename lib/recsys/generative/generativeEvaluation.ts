import { compile, type TraceReport, tf } from "../../tensor";
import { metricValues } from "../metrics";
import type { SequentialDataset } from "../sequences";
import { type Split, splitTargets } from "../split";
import { filledUp } from "../stepping";
import { rankInBeams, sharedIdentifiers } from "./beamRanks";
import { beamSearch, DEAD } from "./beamSearch";
import type { T5 } from "./t5Parameters";
import { tokenBatch } from "./tokenBatches";
import type { TokenMap } from "./tokenMap";
import { type TrieTensors, trieTensors } from "./trieTensors";

/**
 * What becomes of tuples that no item has.
 * - `raw`: they keep their places and are misses, as in MTGRec's code.
 * - `filtered`: they are dropped, and later tuples move up, as in the paper's words.
 * - `legal`: as `raw`, but the search makes only tuples whose tokens are of their digits' ranges. Needed where digits share a range.
 * - `constrained`: the search does not make them. The last two are our additions; the paper decodes without a trie.
 */
export type Decoding = "raw" | "filtered" | "legal" | "constrained";

/** What the search is told. */
const CONSTRAINED = { raw: false, filtered: false, legal: "legal", constrained: true } as const;

export interface GenerativeEvaluatorOptions {
  readonly dataset: SequentialDataset;
  /** L, items of history a case. */
  readonly windowLength: number;
  /** The tokenizer; `use` takes another. */
  readonly map: TokenMap;
  /** Tuples a case, >= 10. The paper tests with 50, its code validates with 20. */
  readonly beams: number;
  /** Cases a batch; every batch has this many, so that one program serves all. Default 64. */
  readonly batchSize?: number;
  readonly decoding: Decoding;
}

const CUTOFFS = [5, 10] as const;
const LONGEST = 10;

export type GenerativeMetric = `${"Recall" | "NDCG"}@${(typeof CUTOFFS)[number]}`;

export interface GenerativeEvaluation {
  /** Means over the cases. */
  readonly metrics: Record<GenerativeMetric, number>;
  /** [cases] the target's rank in the list, as `rankInBeams` says; `MISSED` where it is not there. */
  readonly ranks: Int32Array;
  /** [cases] each metric of each case. */
  readonly perCase: Record<GenerativeMetric, Float64Array>;
  /** How many of the ten best tuples of each search belong to no item, before any are dropped. */
  readonly invalidShare: number;
  /** [cases] the event predicted. */
  readonly cases: Int32Array;
}

/** Evaluates on a split, or on any list of cases. `onBatch` hears how many cases are done. */
export interface GenerativeEvaluator {
  (split: Split | Int32Array, onBatch?: (done: number, total: number) => void): GenerativeEvaluation;
  /**
   * Exchanges the tokenizer. One of as many items and the same vocabulary needs no new program.
   * @throws Error where it does not fit the model or the data
   */
  use(map: TokenMap): void;
  /** How the search was traced. */
  report(): TraceReport[];
  /** Frees the program and the trie. */
  dispose(): void;
}

/**
 * An evaluator of a generative recommender: beam search for each case's next item, ranked among the whole catalogue, items already seen included. Make it
 * once and use it after every epoch: it reads the weights anew.
 * @throws RangeError where beams are too few for the metrics, or the batch size is no whole number
 * @see MTGRec, arXiv:2504.04400, and the evaluator of its code
 */
export function createGenerativeEvaluator(
  model: T5<tf.Tensor>,
  { dataset, windowLength, map, beams, batchSize = 64, decoding }: GenerativeEvaluatorOptions,
): GenerativeEvaluator {
  if (!Number.isInteger(batchSize) || batchSize < 1)
    throw new RangeError(`batchSize must be a positive integer; got ${batchSize}.`);
  if (!Number.isInteger(beams) || beams < LONGEST)
    throw new RangeError(`beams must be an integer >= ${LONGEST}, the metrics' longest list; got ${beams}.`);

  const search = compile(
    (inputs: tf.Tensor2D, trie: TrieTensors) => {
      const { items, scores } = beamSearch(model, inputs, trie, {
        beams,
        constrained: CONSTRAINED[decoding],
      });
      return { items, scores };
    },
    { name: "beam search", xla: false },
  );
  const dropsInvalid = decoding === "filtered" || decoding === "constrained";
  let tokenizer = prepare(map);

  function prepare(next: TokenMap) {
    const { vocabulary, items } = next;
    if (vocabulary.size !== model.options.vocabulary)
      throw new Error(
        `The tokenizer's vocabulary has ${vocabulary.size} ids, the model's ${model.options.vocabulary}.`,
      );
    if (items < dataset.items)
      throw new Error(`The tokenizer has identifiers of ${items} items, the data have ${dataset.items}.`);
    return { map: next, trie: trieTensors(next), shared: sharedIdentifiers(next) };
  }

  /** The items of the beams of each row, [rows · beams]. */
  function searchRows(rows: Int32Array): Int32Array {
    const batch = tokenBatch(dataset, rows, windowLength, [tokenizer.map]);
    return tf.tidy(() => {
      const inputs = tf.tensor2d(batch.inputs, [batch.size, batch.inputs.length / batch.size], "int32");
      const { items, scores } = search(inputs, tokenizer.trie);
      const best = scores.slice([0, 0], [-1, 1]).dataSync();
      const wrong = best.findIndex((score) => !(score > DEAD));
      if (wrong >= 0)
        throw new Error(
          `The search of event ${rows[wrong]} found nothing: its best score is ${best[wrong]}. Have the weights diverged?`,
        );
      return items.dataSync() as Int32Array;
    });
  }

  const run = (
    split: Split | Int32Array,
    onBatch?: (done: number, total: number) => void,
  ): GenerativeEvaluation => {
    const cases = typeof split === "string" ? splitTargets(dataset, split) : split;
    if (cases.length === 0) throw new Error("There are no cases to evaluate.");
    const ranks = new Int32Array(cases.length);
    let invalid = 0;
    for (let start = 0; start < cases.length; start += batchSize) {
      const chosen = cases.subarray(start, start + batchSize);
      const found = searchRows(filledUp(chosen, batchSize));
      chosen.forEach((target, row) => {
        const list = found.subarray(row * beams, (row + 1) * beams);
        ranks[start + row] = rankInBeams(list, dataset.itemIds[target], tokenizer.shared, dropsInvalid);
        for (const item of list.subarray(0, LONGEST)) if (item === 0) invalid++;
      });
      onBatch?.(start + chosen.length, cases.length);
    }
    return { ...rankedMetrics(ranks), ranks, invalidShare: invalid / (cases.length * LONGEST), cases };
  };

  return Object.assign(run, {
    use(next: TokenMap) {
      const prepared = prepare(next);
      tf.dispose([...tokenizer.trie.children]);
      tokenizer = prepared;
    },
    report: () => search.report(),
    dispose() {
      search.dispose();
      tf.dispose([...tokenizer.trie.children]);
    },
  });
}

/** The metrics of ranks, each case's and their means. @param ranks [cases], 1 is best */
export function rankedMetrics(ranks: Int32Array): Pick<GenerativeEvaluation, "metrics" | "perCase"> {
  const metrics = {} as Record<GenerativeMetric, number>;
  const perCase = {} as Record<GenerativeMetric, Float64Array>;
  for (const K of CUTOFFS) {
    perCase[`Recall@${K}`] = metricValues(ranks, "recall", K);
    perCase[`NDCG@${K}`] = metricValues(ranks, "ndcg", K);
  }
  for (const [name, values] of Object.entries(perCase) as [GenerativeMetric, Float64Array][])
    metrics[name] = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { metrics, perCase };
}
