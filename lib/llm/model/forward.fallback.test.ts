import { expect, test, vi } from "vitest";

vi.hoisted(() => {
  process.env.REPRISE_BACKEND = "cpu";
});

import { isNative, type tf } from "../../tensor";
import { assertClose } from "../../tensor/testing";
import { decoder } from "./decoder";
import { run } from "./forward";
import { patch } from "./patch";
import { referenceForward } from "./reference";
import { recordBaseline, resume } from "./suffix";
import { plain, smallModel, tokenRows } from "./testing";

const TOKENS = [3, 1, 4, 1, 5, 9, 2];

test("runs on the JavaScript backend", () => expect(isNative()).toBe(false));

test("logits and scores are the reference's", () => {
  const model = smallModel({ qkvBias: true });
  const { logits, cache } = run(model, tokenRows([TOKENS]), { cacheNames: ["attn_scores"] });
  const expected = referenceForward(model.config, plain(model.weights), TOKENS);
  assertClose(logits.squeeze([0]), expected.logits, { absolute: 2e-5, relative: 2e-5 });
  assertClose(cache.attn_scores![1].squeeze([0]), expected.layers[1].attn_scores, { absolute: 2e-5 });
});

test("decoding equals a run of everything", () => {
  const model = smallModel();
  const made = decoder(model);
  const { state } = made.prefill([TOKENS.slice(0, 5), [6, 5]]);
  const { logits } = made.step(state, [9, 3]);
  const whole = run(model, tokenRows([TOKENS.slice(0, 6)])).logits;
  assertClose(logits.slice([0, 0], [1, -1]), whole.slice([0, 5, 0], [1, 1, -1]).squeeze([1]), {
    absolute: 2e-5,
  });
});

test("variants of a suffix are runs of everything", () => {
  const model = smallModel();
  const { cache } = run(model, tokenRows([[6, 5, 3, 16, 8, 0, 7]]), { cacheNames: ["z"] });
  const regions = [0, 3].map((head) => ({ positions: [4, 6], heads: [head] }));
  const hooks = [patch({ name: "z", layer: 0, regions, value: cache.z![0] })];
  const { logits } = resume(model, recordBaseline(model, tokenRows([TOKENS])), {
    hooks,
    first: 4,
    variants: 2,
  });
  const whole = run(model, tokenRows([TOKENS, TOKENS]), { hooks }).logits;
  assertClose(logits, whole.slice([0, 6, 0], [2, 1, -1]).squeeze<tf.Tensor2D>([1]), { absolute: 2e-5 });
});
