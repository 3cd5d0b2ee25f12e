import { splitTargets } from "../../recsys";
import { decodeStates, encode } from "../../recsys/generative/t5";
import { decoderMemory } from "../../recsys/generative/t5Cache";
import type { SequentialDataset } from "../../recsys/sequences";
import type { Split } from "../../recsys/split";
import { filledUp } from "../../recsys/stepping";
import { compile, tf } from "../../tensor";
import { cosines } from "./annotation";
import { type HistoryOptions, historyTokens, targetTokens } from "./historyBatches";
import { answerLogProbs, repeated } from "./likelihoods";
import { runningStates, type ThinkingModel, targetVectors } from "./states";
import { greedyTraces, think } from "./thinking";
import type { StreamTokens } from "./tokens";

/** What thinking does, case by case. It is measured after the predictions are made, and nothing of it goes back into them. */
export interface ThinkingMeasures {
  /** l */
  readonly steps: number;
  /** [n, l] int32, the tokens thought. */
  readonly traces: Int32Array;
  /** [n, l + 1] cos(s_i, t) of the states along the trace and the target, i = 0 .. l. */
  readonly cosines: Float64Array;
  /** [n] log P(target | x, trace), in nats. */
  readonly thinkingLogLikelihood: Float64Array;
  /** [n] log P(target | x) of the same model in its direct mode. */
  readonly directLogLikelihood: Float64Array;
}

const BATCH_SIZE = 256;
const NAMES = ["traces", "cosines", "thinkingLogLikelihood", "directLogLikelihood"] as const;

/** Lets a model think about the cases of a split, and compares states and likelihoods with the targets. @param steps l */
export function measureThinking(
  { t5, networks }: ThinkingModel<tf.Tensor>,
  dataset: SequentialDataset,
  tokens: StreamTokens,
  split: Exclude<Split, "train">,
  { steps, ...window }: HistoryOptions & { readonly steps: number },
): ThinkingMeasures {
  const cases = splitTargets(dataset, split);
  const n = cases.length;
  const measures = {
    steps,
    traces: new Int32Array(n * steps),
    cosines: new Float64Array(n * (steps + 1)),
    thinkingLogLikelihood: new Float64Array(n),
    directLogLikelihood: new Float64Array(n),
  };
  const program = compile(
    (inputs: tf.Tensor2D, targets: tf.Tensor2D) =>
      tf.tidy(() => {
        const batch = inputs.shape[0];
        const encoded = encode(t5, inputs);
        const traces = greedyTraces(think(t5, decoderMemory(t5, encoded), tokens, steps));
        const thought = tf.concat([repeated([tokens.startThink], batch), traces], 1) as tf.Tensor2D;
        const states = runningStates(networks, decodeStates(t5, thought, encoded)); // s_0 .. s_l
        const direct = repeated([tokens.startDirect], batch);
        return {
          traces,
          cosines: cosines(states, targetVectors(t5, targets)),
          thinkingLogLikelihood: answerLogProbs(t5, encoded, thought, targets),
          directLogLikelihood: answerLogProbs(t5, encoded, direct, targets),
        };
      }),
    { name: "what thinking does", xla: false },
  );
  try {
    for (let start = 0; start < n; start += BATCH_SIZE) {
      const own = cases.subarray(start, start + BATCH_SIZE);
      const rows = filledUp(own, BATCH_SIZE);
      const found = tf.tidy(() => {
        const tensor = (values: Int32Array) =>
          tf.tensor2d(values, [BATCH_SIZE, values.length / BATCH_SIZE], "int32");
        const made = program(
          tensor(historyTokens(dataset, rows, tokens, window)),
          tensor(targetTokens(dataset, rows, tokens)),
        );
        return Object.fromEntries(NAMES.map((name) => [name, made[name].dataSync()]));
      });
      for (const name of NAMES) {
        const values = found[name];
        const width = values.length / BATCH_SIZE;
        measures[name].set(values.subarray(0, own.length * width), start * width);
      }
    }
    return measures;
  } finally {
    program.dispose();
  }
}
