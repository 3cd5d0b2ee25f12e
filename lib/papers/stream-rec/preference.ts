import { beamSearchFrom, DEAD } from "../../recsys/generative/beamSearch";
import { encode } from "../../recsys/generative/t5";
import { decoderMemory, readPrefix } from "../../recsys/generative/t5Cache";
import type { T5 } from "../../recsys/generative/t5Parameters";
import { trieTensors } from "../../recsys/generative/trieTensors";
import type { SequentialDataset } from "../../recsys/sequences";
import { refuseHeldOut } from "../../recsys/split";
import { filledUp } from "../../recsys/stepping";
import { compile, tf } from "../../tensor";
import { type HistoryOptions, historyTokens, targetTokens } from "./historyBatches";
import { answerLogProbs, repeated } from "./likelihoods";
import { greedyTraces, think } from "./thinking";
import type { StreamTokens } from "./tokens";
import type { TraceTable } from "./traceTable";

/**
 * What stage 2 prefers.
 * - `likelihoods`: after the same trace the target to the wrong item that the direct model likes best, more than the direct model does.
 * - `pair`: the annotated trace and the target to a trace of the model's own and a wrong item, more than the model did when the stage began.
 */
export type PreferenceForm = "likelihoods" | "pair";

export interface PreferenceOptions extends HistoryOptions {
  readonly form: PreferenceForm;
  /** Beams of the search for a wrong item, >= 2. Default 10. */
  readonly beams?: number;
  /** Cases a batch; every batch has this many. Default 256. */
  readonly batchSize?: number;
}

/** What the reference thinks of cases; what does not depend on their traces is computed once a case. */
export interface Preferences {
  readonly form: PreferenceForm;
  /**
   * Makes the pairs of an epoch's traces.
   * @throws Error where a case is held out, or its search finds no wrong item
   */
  pairs(table: TraceTable): PreferencePairsTable;
  dispose(): void;
}

/** The pairs of the cases of a table, row by row as there. */
export interface PreferencePairsTable {
  /** [n, l] int32, the trace of what is rejected. */
  readonly traces: Int32Array;
  /** [n, m] int32, the tokens of the wrong item. */
  readonly wrong: Int32Array;
  /** [n] log-probabilities under the reference: of the item's tokens, in the form `pair` of the trace's too. */
  readonly referenceChosen: Float32Array;
  readonly referenceRejected: Float32Array;
}

/**
 * The pairs of stage 2.
 * @param reference  π_dir: TIGER, or the model after stage 1, whose direct mode is asked; in the form `pair` the model as the stage begins. It must stay as it
 * is: see frozen.ts
 * @see STREAM-Rec, L_dpo; Rafailov et al. 2023, arXiv:2305.18290
 */
export function preferences(
  reference: T5<tf.Tensor>,
  dataset: SequentialDataset,
  tokens: StreamTokens,
  { form, beams = 10, batchSize = 256, ...window }: PreferenceOptions,
  steps: number,
): Preferences {
  if (!(beams >= 2)) throw new RangeError(`preferences: a wrong item needs beams >= 2; got ${beams}.`);
  const { digits } = tokens;
  const trie = trieTensors(tokens.map);
  const isPair = form === "pair";

  /** The beams of a reference that answers at once, or after a trace of its own, and what it thinks of the target where that does not depend on a trace. */
  const search = compile(
    (inputs: tf.Tensor2D, targets: tf.Tensor2D) =>
      tf.tidy(() => {
        const encoded = encode(reference, inputs);
        const memory = decoderMemory(reference, encoded);
        const batch = inputs.shape[0];
        if (isPair) {
          const thought = think(reference, memory, tokens, steps);
          const start = { memory, cache: thought.cache, last: thought.last, scores: thought.scores };
          const found = beamSearchFrom(reference, start, trie, { beams, constrained: true });
          return { ...found, traces: greedyTraces(thought), target: tf.zeros<tf.Rank.R1>([batch]) };
        }
        const prefix = [tokens.startDirect];
        const start = { memory, ...readPrefix(reference, memory, prefix) };
        const found = beamSearchFrom(reference, start, trie, { beams, constrained: true });
        const target = answerLogProbs(reference, encoded, repeated(prefix, batch), targets);
        return { ...found, traces: tf.zeros<tf.Rank.R2>([batch, 0], "int32"), target };
      }),
    { name: "best wrong items", xla: false },
  );
  /** log P([o; target] | x) under the reference. */
  const chosen = compile(
    (inputs: tf.Tensor2D, texts: tf.Tensor2D) =>
      tf.tidy(() => {
        const prefix = repeated([tokens.startThink], inputs.shape[0]);
        return answerLogProbs(reference, encode(reference, inputs), prefix, texts);
      }),
    { name: "reference of a pair", xla: false },
  );

  // By event, filled when a case is first met.
  const known = new Uint8Array(dataset.itemIds.length);
  const stored = {
    traces: new Int32Array(isPair ? known.length * steps : 0),
    wrong: new Int32Array(known.length * digits),
    target: new Float32Array(known.length),
    rejected: new Float32Array(known.length),
  };

  function* batches(cases: Int32Array) {
    for (let start = 0; start < cases.length; start += batchSize) {
      const own = cases.subarray(start, start + batchSize);
      yield { start, own, rows: filledUp(own, batchSize) };
    }
  }
  const rowsOf = (values: Int32Array) => tf.tensor2d(values, [batchSize, values.length / batchSize], "int32");

  function learn(cases: Int32Array): void {
    for (const { own, rows } of batches(cases.filter((event) => known[event] === 0))) {
      const targets = targetTokens(dataset, rows, tokens);
      const found = tf.tidy(() => {
        const result = search(rowsOf(historyTokens(dataset, rows, tokens, window)), rowsOf(targets));
        return {
          tokens: result.tokens.dataSync<"int32">(),
          scores: result.scores.dataSync(),
          traces: result.traces.dataSync<"int32">(),
          target: result.target.dataSync(),
        };
      });
      own.forEach((event, row) => {
        const target = targets.subarray(row * digits, (row + 1) * digits);
        const tuple = (beam: number) =>
          found.tokens.subarray((row * beams + beam) * digits, (row * beams + beam + 1) * digits);
        const isWrong = (beam: number) => tuple(beam).some((token, k) => token !== target[k]);
        let beam = 0;
        while (beam < beams && !isWrong(beam)) beam++;
        const score = found.scores[row * beams + beam];
        if (!(score > DEAD))
          throw new Error(
            `The reference has no wrong item for event ${event}: its best score is ${score}. Has it diverged?`,
          );
        stored.wrong.set(tuple(beam), event * digits);
        if (isPair) stored.traces.set(found.traces.subarray(row * steps, (row + 1) * steps), event * steps);
        stored.rejected[event] = score;
        stored.target[event] = found.target[row];
        known[event] = 1;
      });
    }
  }

  return {
    form,
    pairs({ cases, traces }) {
      refuseHeldOut(dataset, cases);
      learn(cases);
      const wrong = new Int32Array(cases.length * digits);
      const rejectedTraces = isPair ? new Int32Array(cases.length * steps) : traces;
      cases.forEach((event, row) => {
        wrong.set(stored.wrong.subarray(event * digits, (event + 1) * digits), row * digits);
        if (isPair)
          rejectedTraces.set(stored.traces.subarray(event * steps, (event + 1) * steps), row * steps);
      });
      const referenceChosen = Float32Array.from(cases, (event) => stored.target[event]);
      if (isPair) {
        const length = steps + digits;
        for (const { start, own, rows } of batches(cases)) {
          const answers = targetTokens(dataset, rows, tokens);
          const texts = new Int32Array(batchSize * length);
          for (let row = 0; row < batchSize; row++) {
            const from = row < own.length ? start + row : start;
            texts.set(traces.subarray(from * steps, (from + 1) * steps), row * length);
            texts.set(answers.subarray(row * digits, (row + 1) * digits), row * length + steps);
          }
          const values = tf.tidy(() =>
            chosen(rowsOf(historyTokens(dataset, rows, tokens, window)), rowsOf(texts)).dataSync(),
          );
          referenceChosen.set(values.subarray(0, own.length), start);
        }
      }
      return {
        traces: rejectedTraces,
        wrong,
        referenceChosen,
        referenceRejected: Float32Array.from(cases, (event) => stored.rejected[event]),
      };
    },
    dispose() {
      search.dispose();
      chosen.dispose();
      tf.dispose([...trie.children]);
    },
  };
}
