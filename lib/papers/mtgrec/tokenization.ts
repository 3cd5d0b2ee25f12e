import type { StoredRun } from "../../experiment/store";
import { type Churn, churnAtGap } from "../../recsys/generative/codeStatistics";
import { type ItemCodes, itemCodes } from "../../recsys/generative/itemCodes";
import {
  identifierVocabulary,
  largestCollision,
  type TokenMap,
  tokenMap,
} from "../../recsys/generative/tokenMap";
import type { MtgRecConfig, Tokenizer } from "./config";

/** How many items two snapshots of one training write differently that are so many snapshots apart. */
export interface ChurnRow extends Churn {
  readonly gap: number;
}

/** The churn at every gap that the snapshots of a tokenizer's run have. */
export function churnRows(run: StoredRun): ChurnRow[] {
  const snapshots = readSnapshots(run);
  return snapshots.slice(1).map((_, k) => ({ gap: k + 1, ...churnAtGap(snapshots, k + 1) }));
}

/** The codes of all items at every snapshot of a tokenizer's run, the last one last. */
export function readSnapshots(run: StoredRun): ItemCodes[] {
  const { snapshots, levels, codes } = run.metrics;
  const values = run.array("codes") as Int32Array;
  const size = values.length / snapshots;
  return Array.from({ length: snapshots }, (_, k) =>
    itemCodes(values.subarray(k * size, (k + 1) * size), levels, codes),
  );
}

/**
 * The tokenizers of a recommender, the latest last, in one vocabulary.
 * @param runs   of the tokenizers: one, whose last snapshots are taken, or one for each tokenizer, whose last ones are
 * @param count  n
 */
export function readTokenMaps(config: MtgRecConfig, runs: readonly StoredRun[], count: number): TokenMap[] {
  const codes =
    runs.length === 1
      ? readSnapshots(runs[0]).slice(-count)
      : runs.flatMap((run) => readSnapshots(run).slice(-1));
  const tokenizer = (config.model === "MTGRec" ? config.backbone : config.model) as Tokenizer;
  const collisions = tokenizer === "LETTER" ? "shared" : "digit";
  const width = Math.max(codes[0].codes, ...codes.map(largestCollision));
  const shared = identifierVocabulary(codes[0], collisions, width);
  return codes.map((each) => tokenMap(each, shared));
}

/** The items as a tokenizer sees them: the sums of their codewords. */
export interface QuantizedItems {
  readonly items: number;
  /** d */
  readonly dimensions: number;
  /** [items, d] */
  readonly values: Float64Array;
  /** [items] */
  readonly firstCodes: Int32Array;
}

/** The items by the last snapshot of a tokenizer's run. */
export function quantizedItems(run: StoredRun): QuantizedItems {
  const { items, levels, codes, values: tuples } = readSnapshots(run).slice(-1)[0];
  const codewords = run.array("codewords"); // [H, K, d]
  const dimensions = codewords.length / (levels * codes);
  const values = new Float64Array(items * dimensions);
  for (let item = 0; item < items; item++) {
    for (let level = 0; level < levels; level++) {
      const row = (level * codes + tuples[item * levels + level]) * dimensions;
      for (let k = 0; k < dimensions; k++) values[item * dimensions + k] += codewords[row + k];
    }
  }
  const firstCodes = Int32Array.from({ length: items }, (_, item) => tuples[item * levels]);
  return { items, dimensions, values, firstCodes };
}
