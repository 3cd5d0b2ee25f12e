import type { SequentialDataset } from "../../recsys/sequences";
import { refuseHeldOut } from "../../recsys/split";
import { filledUp } from "../../recsys/stepping";
import { compile, tf } from "../../tensor";
import { type AnnotationOptions, annotate } from "./annotation";
import { type HistoryOptions, historyTokens, targetTokens } from "./historyBatches";
import type { ThinkingModel } from "./states";
import type { StreamTokens } from "./tokens";

/** The traces of cases. */
export interface TraceTable {
  /** [n] the events that the cases predict. */
  readonly cases: Int32Array;
  /** l */
  readonly steps: number;
  /** [n, l] token ids, row by row */
  readonly traces: Int32Array;
}

/** How good the traces of a table are, means over its cases: by these a degenerate annotation is seen. */
export interface TraceDiagnostics {
  /** [l + 1] log ‖t - s_i‖, of i = 0 .. l. */
  readonly logDistance: Float64Array;
  /** [l + 1] cos(t, s_i). */
  readonly cosine: Float64Array;
  /** [l] entropy of step i's tokens over all cases, in nats: 0 where every case has the same token. */
  readonly entropy: Float64Array;
  /** [l] share of step i's tokens that are among the target's own. */
  readonly targetShare: Float64Array;
  /** Share of all tokens that stood earlier in their trace. */
  readonly repeats: number;
}

export interface AnnotatorOptions extends AnnotationOptions, HistoryOptions {
  /** Cases a batch; every batch has this many, so that one program serves all. Default 256. */
  readonly batchSize?: number;
}

/** Annotates training cases with the weights that the model has by then. */
export interface Annotator {
  /**
   * @param cases  events to predict, of the training part
   * @throws Error where one is held out: an annotation reads the label
   */
  (cases: Int32Array): TraceTable & { readonly diagnostics: TraceDiagnostics };
  dispose(): void;
}

/** An annotator of a data set's training cases: one compiled program for all batches and epochs. */
export function createAnnotator(
  model: ThinkingModel<tf.Tensor>,
  dataset: SequentialDataset,
  tokens: StreamTokens,
  { batchSize = 256, ...options }: AnnotatorOptions,
): Annotator {
  const { steps } = options;
  const program = compile(
    (inputs: tf.Tensor2D, targets: tf.Tensor2D) => annotate(model, { inputs, targets }, tokens, options),
    { name: "annotation", xla: false },
  );

  const run = (cases: Int32Array) => {
    refuseHeldOut(dataset, cases);
    if (cases.length === 0) throw new Error("createAnnotator: there are no cases to annotate.");
    const traces = new Int32Array(cases.length * steps);
    const logDistance = new Float64Array(steps + 1);
    const cosine = new Float64Array(steps + 1);
    for (let start = 0; start < cases.length; start += batchSize) {
      const chosen = cases.subarray(start, start + batchSize);
      const rows = filledUp(chosen, batchSize);
      const found = tf.tidy(() => {
        const rowsOf = (values: Int32Array) =>
          tf.tensor2d(values, [batchSize, values.length / batchSize], "int32");
        const made = program(
          rowsOf(historyTokens(dataset, rows, tokens, options)),
          rowsOf(targetTokens(dataset, rows, tokens)),
        );
        return {
          traces: made.traces.dataSync<"int32">(),
          distances: made.distances.dataSync(),
          cosines: made.cosines.dataSync(),
        };
      });
      traces.set(found.traces.subarray(0, chosen.length * steps), start * steps);
      for (let at = 0; at < chosen.length * (steps + 1); at++) {
        logDistance[at % (steps + 1)] += Math.log(found.distances[at]) / cases.length;
        cosine[at % (steps + 1)] += found.cosines[at] / cases.length;
      }
    }
    const targets = targetTokens(dataset, cases, tokens);
    return {
      cases,
      steps,
      traces,
      diagnostics: { logDistance, cosine, ...tokenDiagnostics({ cases, steps, traces }, targets) },
    };
  };
  return Object.assign(run, { dispose: () => program.dispose() });
}

/**
 * What the tokens of traces alone tell of them.
 * @param targets [n, m] the targets' tokens, row by row
 */
export function tokenDiagnostics(
  { cases, steps, traces }: TraceTable,
  targets: Int32Array,
): Pick<TraceDiagnostics, "entropy" | "targetShare" | "repeats"> {
  const n = cases.length;
  const m = targets.length / n;
  const counts = Array.from({ length: steps }, () => new Map<number, number>());
  const targetShare = new Float64Array(steps);
  let repeated = 0;
  for (let row = 0; row < n; row++) {
    const trace = traces.subarray(row * steps, (row + 1) * steps);
    const own = targets.subarray(row * m, (row + 1) * m);
    trace.forEach((token, i) => {
      counts[i].set(token, (counts[i].get(token) ?? 0) + 1);
      if (own.includes(token)) targetShare[i] += 1 / n;
      if (trace.indexOf(token) < i) repeated++;
    });
  }
  const entropy = Float64Array.from(counts, (ofStep) =>
    [...ofStep.values()].reduce((sum, count) => sum - (count / n) * Math.log(count / n), 0),
  );
  return { entropy, targetShare, repeats: steps === 0 ? 0 : repeated / (n * steps) };
}
