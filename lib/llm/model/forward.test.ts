import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { mapTree, tf } from "../../tensor";
import { assertClose, checkGradients } from "../../tensor/testing";
import { run } from "./forward";
import { HOOK_NAMES } from "./hooks";
import { type ReferenceLayer, referenceForward } from "./reference";
import { plain, smallModel, tokenRows } from "./testing";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const ROWS = [
  [3, 1, 4, 1, 5, 9, 2],
  [6, 5, 3, 16, 8, 0, 7],
];
const LAYER_HOOKS = HOOK_NAMES.filter((name): name is keyof ReferenceLayer & (typeof HOOK_NAMES)[number] =>
  ["embed", "ln_final_scale"].every((other) => other !== name),
);

describe("the forward pass", () => {
  test.each([
    ["grouped queries, tied", {}],
    ["biases, untied", { qkvBias: true, tied: false, architecture: "qwen2" as const }],
    ["one head of keys and values", { kvHeads: 1 }],
    ["as many as queries", { kvHeads: 4, headWidth: 4 }],
    ["scaled frequencies", { ropeFactors: [1, 2.5, 8] }],
  ])("every activation is the reference's: %s", (_, options) => {
    const model = smallModel(options);
    const { logits, cache } = run(model, tokenRows(ROWS), { cacheNames: HOOK_NAMES });
    for (const [row, tokens] of ROWS.entries()) {
      const expected = referenceForward(model.config, plain(model.weights), tokens);
      const ofRow = (tensor: tf.Tensor) => tf.squeeze(tf.slice(tensor, row, 1), [0]);
      const tolerance = { absolute: 2e-5, relative: 2e-5 };
      assertClose(ofRow(logits), expected.logits, tolerance, `logits of row ${row}`);
      for (const name of LAYER_HOOKS)
        for (const [layer, wanted] of expected.layers.entries()) {
          const found = ofRow(cache[name]![layer]);
          const shaped = name.endsWith("_scale") ? found.squeeze([1]) : found;
          assertClose(shaped, wanted[name], tolerance, `${name} of layer ${layer}, row ${row}`);
        }
    }
    expect(Object.keys(cache).sort()).toEqual([...HOOK_NAMES].sort());
  });

  test("heads add up to the output of attention", () => {
    const { cache } = run(smallModel(), tokenRows(ROWS), { cacheNames: ["result", "attn_out"] });
    const plainRun = run(smallModel(), tokenRows(ROWS), { cacheNames: ["attn_out"] });
    for (const layer of [0, 1]) {
      assertClose(cache.result![layer].sum(2), plainRun.cache.attn_out![layer], { absolute: 1e-5 });
      expect(cache.result![layer].shape).toEqual([2, 7, 4, 12]);
    }
  });

  test("a later token changes nothing before it, bit for bit", () => {
    const model = smallModel();
    const { logits } = run(model, tokenRows([ROWS[0]]));
    for (const [at, other] of [
      [6, 11],
      [3, 0],
    ]) {
      const changed = ROWS[0].map((token, i) => (i === at ? other : token));
      const { logits: found } = run(model, tokenRows([changed]));
      const unchanged = (x: tf.Tensor3D) => Array.from(x.slice([0, 0, 0], [1, at, 17]).dataSync());
      expect(unchanged(found)).toEqual(unchanged(logits));
      expect(Array.from(found.dataSync())).not.toEqual(Array.from(logits.dataSync()));
    }
  });

  test("a row does not depend on its neighbours, nor on what fills it up", () => {
    const model = smallModel();
    const alone = run(model, tokenRows([[6, 5, 3]])).logits;
    const filled = run(model, tokenRows([ROWS[0], [6, 5, 3, 0, 0, 0, 0]]), { lengths: [7, 3] });
    assertClose(filled.logits.slice([1, 0, 0], [1, 3, 17]), alone, { absolute: 1e-5 });
  });

  test("gradients reach every weight", () => {
    const model = smallModel({ layers: 1, vocabulary: 5, width: 4, headWidth: 2, inner: 4 });
    const leaves: tf.Tensor[] = [];
    mapTree((leaf) => leaves.push(leaf), model.weights.layers[0]);
    checkGradients(
      (...xs) => {
        let at = 0;
        const layers = [mapTree(() => xs[at++], model.weights.layers[0])];
        const { logits } = run({ ...model, weights: { ...model.weights, layers } }, tokenRows([[1, 4, 2]]));
        return logits.tanh();
      },
      leaves,
      { step: 0.01, absolute: 4e-3, relative: 4e-3 },
    );
  });

  test("nothing is left but what is returned", () => {
    const model = smallModel();
    const tokens = tokenRows(ROWS);
    const before = tf.memory().numTensors;
    const { logits, cache, kv } = run(model, tokens, { cacheNames: ["z", "resid_post"] });
    tf.dispose([logits, cache as tf.TensorContainer, kv as unknown as tf.TensorContainer]);
    expect(tf.memory().numTensors).toBe(before);
  });

  test("refuses what does not fit", () => {
    const model = smallModel({ maxPositions: 8 });
    expect(() => run(model, tokenRows(ROWS), { lengths: [7] })).toThrow(
      "lengths must be 2 whole numbers from 1 to 7, one a row, not [7].",
    );
    expect(() => run(model, tokenRows([[1, 2, 3, 4, 5, 6, 7, 8, 9]]))).toThrow(
      "row 0 has 9 tokens; the model has 8 positions.",
    );
    const { kv } = run(model, tokenRows(ROWS));
    expect(() => run(model, tokenRows([[1]]), { past: kv })).toThrow(
      "1 rows of tokens cannot go on from a cache of 2.",
    );
  });
});
