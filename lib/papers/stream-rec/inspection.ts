import { encode } from "../../recsys/generative/t5";
import { decoderMemory, decodeStep } from "../../recsys/generative/t5Cache";
import type { SequentialDataset } from "../../recsys/sequences";
import { filledUp } from "../../recsys/stepping";
import { compile, tf } from "../../tensor";
import { cosines } from "./annotation";
import { type HistoryOptions, historyTokens, targetTokens } from "./historyBatches";
import { answerLogProbs, repeated } from "./likelihoods";
import { stateOf, type ThinkingModel, targetVectors } from "./states";
import { greedyTraces, think } from "./thinking";
import type { StreamTokens } from "./tokens";

/** How a model's own traces come out, seen with the targets in hand: a measurement, made after the predictions. */
export interface ThinkingInspection {
  readonly cases: Int32Array;
  /** [n, l] the tokens thought greedily, row by row. */
  readonly traces: Int32Array;
  /** [n, l + 1] cos(s_i, t), row by row. */
  readonly cosines: Float32Array;
  /** [n] log P(target | x, o_1:l), in nats. */
  readonly afterThinking: Float32Array;
  /** [n] log P(target | x) in the direct mode of the same model. */
  readonly atOnce: Float32Array;
}

type Inspected = {
  readonly traces: tf.Tensor2D;
  readonly cosines: tf.Tensor2D;
  readonly afterThinking: tf.Tensor1D;
  readonly atOnce: tf.Tensor1D;
};

/** Thinks as inference does, without the target; then measures how near its states are to it, and how likely the target is after it. Traceable. */
export function inspectRows(
  { t5, networks }: ThinkingModel<tf.Tensor>,
  { inputs, targets }: { readonly inputs: tf.Tensor2D; readonly targets: tf.Tensor2D },
  tokens: StreamTokens,
  steps: number,
): Inspected {
  return tf.tidy(() => {
    const batch = inputs.shape[0];
    const encoded = encode(t5, inputs);
    const memory = decoderMemory(t5, encoded);
    const thought = think(t5, memory, tokens, steps);
    const { states: last } = decodeStep(t5, memory, thought.cache, thought.last); // d_l
    let sum = tf.zerosLike(last);
    const reached = [...thought.outputs, last].map((output) => {
      sum = sum.add(output);
      return stateOf(networks, sum); // s_i, [B, 1, d]
    });
    const traces = greedyTraces(thought);
    const start = repeated([tokens.startThink], batch);
    return {
      traces,
      cosines: cosines(tf.concat(reached, 1), targetVectors(t5, targets)),
      afterThinking: answerLogProbs(t5, encoded, tf.concat([start, traces], 1), targets),
      atOnce: answerLogProbs(t5, encoded, repeated([tokens.startDirect], batch), targets),
    };
  });
}

/** Of validation or test cases too: the trace is the model's own. */
export function inspectThinking(
  model: ThinkingModel,
  dataset: SequentialDataset,
  tokens: StreamTokens,
  cases: Int32Array,
  options: HistoryOptions & { readonly steps: number; readonly batchSize?: number },
): ThinkingInspection {
  const { steps, batchSize = 128 } = options;
  const program = compile(
    (inputs: tf.Tensor2D, targets: tf.Tensor2D) => inspectRows(model, { inputs, targets }, tokens, steps),
    { name: "inspection of thinking", xla: false },
  );
  const n = cases.length;
  const traces = new Int32Array(n * steps);
  const found = {
    cosines: new Float32Array(n * (steps + 1)),
    afterThinking: new Float32Array(n),
    atOnce: new Float32Array(n),
  };
  try {
    for (let start = 0; start < n; start += batchSize) {
      const real = Math.min(batchSize, n - start);
      const rows = filledUp(cases.subarray(start, start + real), batchSize);
      tf.tidy(() => {
        const rowsOf = (values: Int32Array) =>
          tf.tensor2d(values, [batchSize, values.length / batchSize], "int32");
        const made = program(
          rowsOf(historyTokens(dataset, rows, tokens, options)),
          rowsOf(targetTokens(dataset, rows, tokens)),
        );
        traces.set(made.traces.dataSync<"int32">().subarray(0, real * steps), start * steps);
        for (const part of ["cosines", "afterThinking", "atOnce"] as const) {
          const width = made[part].size / batchSize;
          found[part].set(made[part].dataSync().subarray(0, real * width), start * width);
        }
      });
    }
    return { cases, traces, ...found };
  } finally {
    program.dispose();
  }
}
