import { expect, test, vi } from "vitest";

vi.hoisted(() => {
  process.env.REPRISE_BACKEND = "cpu";
});

import { isNative, tf } from "../../tensor";
import { memorySource, openGguf } from "../files";
import { decoder } from "./decoder";
import { run } from "./forward";
import { ggufModel } from "./load";
import { ggufFile, smallModel, tokenRows } from "./testing";

const TOKENS = [3, 1, 4, 1, 5, 9, 2];

test("runs on the JavaScript backend", () => expect(isNative()).toBe(false));

test("weights that stay quantised compute what expanded ones do, and leave nothing", () => {
  const bytes = ggufFile(smallModel({ width: 32, headWidth: 8, inner: 32 }), { types: () => "Q4_1" });
  const gguf = openGguf(memorySource("small.gguf", bytes));
  const [expanded, quantised] = [ggufModel(gguf), ggufModel(gguf, { weights: "quantised" })];
  const before = tf.memory().numTensors;
  const [one, two] = [expanded, quantised].map((model) =>
    tf.tidy(() => {
      const whole = run(model, tokenRows([TOKENS])).logits.dataSync();
      const compiled = decoder(model);
      const { logits, state } = compiled.prefill([TOKENS]);
      const last = logits.dataSync();
      state.dispose();
      compiled.dispose();
      return [...whole, ...last];
    }),
  );
  expect(two).toEqual(one);
  expect(tf.memory().numTensors).toBe(before);
});
