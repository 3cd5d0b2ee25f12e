import { sampleT5 } from "../../lib/recsys/generative/t5Sampling";
import { compile, tf } from "../../lib/tensor";
import * as Rng from "../../lib/tensor/rng";
import { flattenTree } from "../../lib/tensor/tree";
import { type Benchmark, fasterThan, torchSubject, type Workload } from "../workload";
import { createModel, randomTokens } from "./t5";

/** A batch of prompts in policy optimisation: 4 thinking tokens or more and an item's, 8 samples of each history. */
const PROMPTS = 64;
export const SAMPLES = 8;
export const STEPS = 10;
const TOKENS = PROMPTS * SAMPLES * STEPS;

/** Ours answers log-probabilities always; the library's `generate` does it on request. */
const TORCH = ["with log-probabilities", "tokens only"];

export const sampling: Benchmark = {
  name: "sampling",
  title: `T5 sampling, ${TOKENS.toLocaleString("en")} tokens a run: ${SAMPLES} samples of ${STEPS} for each of ${PROMPTS} histories of 82, d 128, 4 heads of 64, 3 + 3 layers`,
  sizes: [0],
  variants: {
    compiled: () => sample({ compiled: true }),
    "op by op": () => sample({ compiled: false }),
  },
  runs: 1,
  work: () => ({ amount: TOKENS, unit: "tokens" }),
  torch: TORCH,
  bars: TORCH.map((variant) => fasterThan("compiled", torchSubject(variant), 1)),
};

/** All samples for one batch of histories, by a model with fresh weights; every run draws others. */
function sample({ compiled }: { compiled: boolean }): Workload {
  const weightsKey = Rng.key(3);
  const model = createModel(weightsKey);
  const { inputs, labels } = randomTokens(PROMPTS);
  const plain = (ids: tf.Tensor2D, key: tf.Tensor1D) =>
    sampleT5(model, ids, { steps: STEPS, samples: SAMPLES }, key);
  const program = compiled ? compile(plain, { name: "sampling", xla: false }) : undefined;
  const draw = program ?? plain;
  let run = 0;
  return {
    run() {
      tf.tidy(() => {
        const { tokens, logProbs } = draw(inputs, Rng.key(run++));
        tokens.dataSync();
        logProbs.dataSync();
      });
    },
    report: () => program?.report() ?? [],
    dispose() {
      program?.dispose();
      const weights = flattenTree(model.weights).map(([, variable]) => variable);
      tf.dispose([weightsKey, inputs, labels, ...weights]);
    },
  };
}
