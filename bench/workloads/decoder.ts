import { decoder, type ModelConfig } from "../../lib/llm/model";
import { initialiseLanguageModel } from "../../lib/llm/model/initialise";
import { tf } from "../../lib/tensor";
import * as Rng from "../../lib/tensor/rng";
import { disposeTree } from "../../lib/tensor/tree";
import { type Benchmark, fasterThan, torchSubject, type Workload } from "../workload";

/** SmolLM2-135M; weights are random: only shapes matter to the time. */
const SMOLLM2: ModelConfig = {
  architecture: "llama",
  width: 576,
  layers: 30,
  heads: 9,
  kvHeads: 3,
  headWidth: 64,
  inner: 1536,
  vocabulary: 49152,
  epsilon: 1e-5,
  ropeBase: 100_000,
  qkvBias: false,
  tied: true,
  maxPositions: 8192,
};
const PROMPT = 128;
const STEPS = 32;
/** Prompts side by side. */
const ROWS = [1, 8];
const BARS = [fasterThan("compiled", torchSubject(""), 1)];

export const prefill: Benchmark = {
  name: "prefill",
  title: `a language model of 135 million weights reads prompts of ${PROMPT} tokens`,
  sizes: ROWS,
  sizeName: "prompts",
  variants: {
    compiled: (rows) => decoding(rows, { xla: false, steps: 0 }),
    XLA: (rows) => decoding(rows, { xla: true, steps: 0 }),
  },
  work: (rows) => ({ amount: rows * PROMPT, unit: "tokens" }),
  runs: 1,
  torch: [""],
  bars: BARS,
};

export const decode: Benchmark = {
  name: "decode",
  title: `the same model writes ${STEPS} tokens behind each of them, the likeliest each time, with its cache`,
  sizes: ROWS,
  sizeName: "prompts",
  variants: {
    compiled: (rows) => decoding(rows, { xla: false, steps: STEPS }),
    XLA: (rows) => decoding(rows, { xla: true, steps: STEPS }),
  },
  work: (rows) => ({ amount: rows * STEPS, unit: "tokens" }),
  runs: 1,
  torch: [""],
  bars: BARS,
};

/** Reads prompts in each run, or has read them and goes on from there. */
function decoding(rows: number, { xla, steps }: { xla: boolean; steps: number }): Workload {
  const key = Rng.key(1);
  const model = initialiseLanguageModel(SMOLLM2, key);
  const made = decoder(model, { xla });
  const prompts = Array.from({ length: rows }, (_, row) =>
    Array.from({ length: PROMPT }, (_, i) => ((row * PROMPT + i) * 37) % SMOLLM2.vocabulary),
  );
  const read = () => made.prefill(prompts);
  const start = steps === 0 ? undefined : read();
  return {
    run() {
      if (start === undefined) {
        const { logits, state } = read();
        logits.dataSync();
        logits.dispose();
        state.dispose();
        return;
      }
      let at = start;
      for (let step = 0; step < steps; step++) {
        const tokens = tf.tidy(() => Array.from(at.logits.argMax(-1).dataSync()));
        const next = made.step(at.state, tokens);
        if (at !== start) free(at);
        at = next;
      }
      at.logits.dataSync();
      free(at);
    },
    report: () => [],
    dispose() {
      if (start !== undefined) free(start);
      made.dispose();
      disposeTree(model.weights);
      key.dispose();
    },
  };
}

function free({ logits, state }: ReturnType<ReturnType<typeof decoder>["step"]>): void {
  logits.dispose();
  state.dispose();
}
