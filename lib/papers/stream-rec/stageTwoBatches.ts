import { createRandom } from "../../data/random";
import type { SequentialDataset } from "../../recsys/sequences";
import { rowWeights } from "../../recsys/stepping";
import { tf } from "../../tensor";
import { type HistoryOptions, historyTokens, targetTokens } from "./historyBatches";
import type { StageTwoBatch } from "./losses";
import type { PreferencePairsTable } from "./preference";
import { sequenceTensors } from "./sequenceTraining";
import type { StreamTokens } from "./tokens";
import type { TraceTable } from "./traceTable";
import { traceTargets } from "./traceTargets";

export interface StageTwoBatchOptions {
  /** How many of the cases count; the others fill up the batch. */
  readonly real: number;
  readonly epoch: number;
  /** Share of the rows that write the target at once; which ones depends on seed, epoch and case. */
  readonly directShare: number;
}

/** The traces and pairs of an epoch, and the batches made of them. */
export interface StageTwoBatches {
  /** @throws Error where the traces are not l tokens long */
  take(table: TraceTable, pairs: PreferencePairsTable | undefined): void;
  /** As tensors; dispose of them, or make them inside `tf.tidy`. @throws Error where a case has no trace */
  batch(cases: Int32Array, options: StageTwoBatchOptions): StageTwoBatch;
}

/** Names the stream of random numbers that says which rows write the target at once. */
const DIRECT = 2;
const NONE = -1;

export function stageTwoBatches(
  dataset: SequentialDataset,
  tokens: StreamTokens,
  options: HistoryOptions & { readonly steps: number; readonly seed: number },
): StageTwoBatches {
  const { steps, seed } = options;
  const rowOf = new Int32Array(dataset.itemIds.length); // of each event in the table
  let table: TraceTable | undefined;
  let pairs: PreferencePairsTable | undefined;

  /** The rows of cases in an array of the table. @param values [n, k] @returns [B, k] */
  function rowsOf<T extends Int32Array | Float32Array>(values: T, of: Int32Array): T {
    const width = values.length / (table as TraceTable).cases.length;
    const copied = new (values.constructor as new (length: number) => T)(of.length * width);
    of.forEach((event, k) => {
      const row = rowOf[event];
      if (row === NONE) throw new Error(`Event ${event} has no trace in this epoch.`);
      copied.set(values.subarray(row * width, (row + 1) * width), k * width);
    });
    return copied;
  }

  return {
    take(next, nextPairs) {
      if (next.steps !== steps)
        throw new Error(`The traces have ${next.steps} tokens, where ${steps} are to be learnt.`);
      [table, pairs] = [next, nextPairs];
      rowOf.fill(NONE);
      next.cases.forEach((event, row) => {
        rowOf[event] = row;
      });
    },
    batch(cases, { real, epoch, directShare }) {
      if (table === undefined) throw new Error("stageTwoBatches: there are no traces yet.");
      const size = cases.length;
      const direct = Uint8Array.from(cases, (event) =>
        createRandom(seed, epoch, event, DIRECT).uniform() < directShare ? 1 : 0,
      );
      const answers = targetTokens(dataset, cases, tokens);
      const written = traceTargets(tokens, { traces: rowsOf(table.traces, cases), answers, direct });
      const items = Int32Array.from(cases, (event) => dataset.itemIds[event]);
      const batch = {
        sequences: sequenceTensors(historyTokens(dataset, cases, tokens, options), written, real),
        targets: tf.tensor2d(answers, [size, tokens.digits], "int32"),
        items: tf.tensor1d(items, "int32"),
        real: rowWeights(real, size),
        thinks: tf.tensor1d(Float32Array.from(direct, (isDirect, row) => (row < real ? 1 - isDirect : 0))),
      };
      if (pairs === undefined) return batch;
      const rejected = traceTargets(tokens, {
        traces: rowsOf(pairs.traces, cases),
        answers: rowsOf(pairs.wrong, cases),
      });
      const preference = {
        inputs: tf.tensor2d(rejected.inputs, [size, rejected.length], "int32"),
        labels: tf.tensor2d(rejected.labels, [size, rejected.length], "int32"),
        referenceChosen: tf.tensor1d(rowsOf(pairs.referenceChosen, cases)),
        referenceRejected: tf.tensor1d(rowsOf(pairs.referenceRejected, cases)),
      };
      return { ...batch, preference };
    },
  };
}
