import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { countParameters, tf } from "../../tensor";
import { assertClose } from "../../tensor/testing";
import type { ModelConfig } from "./config";
import { run } from "./forward";
import { referenceForward } from "./reference";
import { ggufTensors, pairsTogether, plain, smallModel, tokenRows } from "./testing";
import { ggufWeights, huggingFaceWeights, type LanguageModel, pairsApart, type ReadWeight } from "./weights";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const TOKENS = [3, 1, 4, 1, 5, 9, 2];

/** A model as a GGUF file of its architecture holds it. */
function ggufReader(model: LanguageModel, changed: Record<string, number[]> = {}): ReadWeight {
  const tensors = ggufTensors(model);
  return (name) => ({ ...tensors[name], ...(changed[name] && { shape: changed[name] }) });
}

const logitsOf = (model: LanguageModel) => run(model, tokenRows([TOKENS])).logits;

describe("rotary pairs", () => {
  test("of rows of a head that stand side by side are put apart", () => {
    // Two heads of four rows of two numbers: row 0 and row 1 of a head are a pair.
    const rows = Float32Array.from({ length: 16 }, (_, i) => i);
    expect([...pairsApart(2, 4)(rows)]).toEqual([0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15]);
    expect([...pairsApart(1, 6)(Float32Array.of(0, 1, 2, 3, 4, 5))]).toEqual([0, 2, 4, 1, 3, 5]);
  });

  test("permuted rows and the rotation of neighbours give what the order of all others gives", () => {
    const { config, weights } = smallModel();
    const expected = referenceForward(config, plain(weights), TOKENS);
    const of = plain(weights);
    const permuted = {
      ...of,
      layers: of.layers.map((layer) => {
        const move = ({ weight }: typeof layer.query) => ({
          weight: {
            shape: weight.shape,
            values: pairsTogether(weight.values as Float32Array, config.headWidth, config.width),
          },
        });
        return { ...layer, query: move(layer.query), key: move(layer.key) };
      }),
    };
    const found = referenceForward(config, permuted, TOKENS, "adjacent");
    assertClose(found.logits, expected.logits, { absolute: 1e-10, relative: 1e-10 });
    assertClose(found.layers[1].attn_scores, expected.layers[1].attn_scores, {
      absolute: 1e-10,
      relative: 1e-10,
    });
    const wrong = referenceForward(config, permuted, TOKENS);
    expect(() => assertClose(wrong.logits, expected.logits, { absolute: 1e-2 })).toThrow();
  });
});

describe("loading", () => {
  test.each<[string, Partial<ModelConfig>]>([
    ["llama", {}],
    ["mistral, untied", { architecture: "mistral", tied: false }],
    ["llama with biases", { qkvBias: true }],
    ["qwen2", { architecture: "qwen2", qkvBias: true }],
  ])("a GGUF file is the model that it was made from: %s", (_, options) => {
    const model = smallModel(options);
    const weights = ggufWeights(model.config, ggufReader(model));
    assertClose(logitsOf({ ...model, weights }), logitsOf(model), { absolute: 1e-6 });
    expect(countParameters(weights)).toBe(countParameters(model.weights));
    for (const layer of [0, 1])
      assertClose(weights.layers[layer].key.weight, model.weights.layers[layer].key.weight);
  });

  test("a tied unembedding is the very tensor of the embedding", () => {
    const tied = smallModel();
    const loaded = ggufWeights(tied.config, ggufReader(tied));
    expect(loaded.unembedding).toBe(loaded.embedding);
    const untied = smallModel({ tied: false });
    const other = ggufWeights(untied.config, ggufReader(untied));
    expect(other.unembedding).not.toBe(other.embedding);
  });

  test("names the tensor that is of another shape, and leaves nothing behind", () => {
    const model = smallModel();
    const before = tf.memory().numTensors;
    const wrong = ggufReader(model, { "blk.1.ffn_down.weight": [20, 12] });
    expect(() => ggufWeights(model.config, wrong, "model.gguf")).toThrow(
      "model.gguf: the tensor blk.1.ffn_down.weight is [20,12]; the model's configuration asks for [12,20].",
    );
    const missing: ReadWeight = (name) => {
      throw new Error(`there is no tensor ${name}.`);
    };
    expect(() => huggingFaceWeights(model.config, missing)).toThrow(
      "there is no tensor model.embed_tokens.weight.",
    );
    expect(tf.memory().numTensors).toBe(before);
  });
});
