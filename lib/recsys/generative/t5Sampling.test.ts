import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tokenLogProbs } from "../../rl";
import { compile, tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { assertClose } from "../../tensor/testing";
import { flattenTree } from "../../tensor/tree";
import { decode, encode, shiftRight } from "./t5";
import { type SamplingOptions, sampledLogits, sampleT5 } from "./t5Sampling";
import { smallBatch, smallT5 } from "./t5Testing";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const [G, T] = [3, 4];
const START = 9;
const options: SamplingOptions = { start: START, steps: T, samples: G };
const inputs = () => smallBatch().inputs;
const row = (tensor: tf.Tensor2D, index: number) => tensor.slice<tf.Tensor2D>([index, 0], [1, -1]);

describe("samples", () => {
  test.each([1, 0.7])("have the log-probabilities of teacher forcing at temperature %d", (temperature) => {
    const model = smallT5();
    const { tokens, logProbs } = sampleT5(model, inputs(), { ...options, temperature }, Rng.key(3));
    expect(tokens.shape).toEqual([2, G, T]);
    expect(tokens.dtype).toBe("int32");
    expect(new Set(tokens.arraySync().flatMap((samples) => samples.map(String))).size).toBeGreaterThan(3);
    for (let b = 0; b < 2; b++) {
      const encoded = encode(model, row(inputs(), b));
      for (let g = 0; g < G; g++) {
        const own = tokens.slice([b, g, 0], [1, 1, T]).reshape<tf.Tensor2D>([1, T]);
        const forced = tokenLogProbs(decode(model, shiftRight(own, START), encoded), own, temperature);
        assertClose(logProbs.slice([b, g, 0], [1, 1, T]).reshape([1, T]), forced, { absolute: 1e-5 });
      }
    }
  });

  test("are scored again with a gradient, in their order", () => {
    const model = smallT5();
    const { tokens, logProbs } = sampleT5(model, inputs(), options, Rng.key(3));
    const flat = tokens.reshape<tf.Tensor2D>([2 * G, T]);
    const again = () => tokenLogProbs(sampledLogits(model, inputs(), tokens, START), flat);
    assertClose(again(), logProbs.reshape([2 * G, T]), { absolute: 1e-5 });
    const leaves = flattenTree(model.weights) as [string, tf.Variable][];
    const { grads } = tf.variableGrads(() => again().sum() as tf.Scalar);
    for (const [name, variable] of leaves)
      expect(tf.norm(grads[variable.name]).dataSync()[0], name).toBeGreaterThan(0);
  });

  test("greedy ones are the likeliest tokens, all G the same, with the log-probabilities of temperature 1", () => {
    const model = smallT5();
    const { tokens, logProbs } = sampleT5(model, inputs(), { ...options, temperature: 0 }, Rng.key(3));
    let prefix = tf.fill([2, 1], START, "int32") as tf.Tensor2D;
    const encoded = encode(model, inputs());
    for (let t = 0; t < T; t++) {
      const logits = decode(model, prefix, encoded).slice([0, t, 0], [2, 1, -1]).squeeze<tf.Tensor2D>([1]);
      const next = logits.argMax<tf.Tensor1D>(-1).expandDims<tf.Tensor2D>(1);
      const all = tf.logSoftmax(logits).max(-1, true);
      for (let g = 0; g < G; g++) {
        const at = (tensor: tf.Tensor3D) => tensor.slice([0, g, t], [2, 1, 1]).reshape([2, 1]);
        expect([...at(tokens).dataSync()]).toEqual([...next.dataSync()]);
        assertClose(at(logProbs), all, { absolute: 1e-5 });
      }
      prefix = tf.concat([prefix, next], 1);
    }
  });

  test("start where they are told to", () => {
    const model = smallT5();
    const first = (start?: number) =>
      sampleT5(model, inputs(), { start, steps: 1, samples: 1, temperature: 0 }, Rng.key(1)).logProbs;
    const forced = (start: number) => {
      const ids = tf.fill([2, 1], start, "int32") as tf.Tensor2D;
      return tf
        .logSoftmax(decode(model, ids, encode(model, inputs())))
        .max(-1)
        .expandDims(2);
    };
    assertClose(first(), forced(0), { absolute: 1e-5 });
    assertClose(first(START), forced(START), { absolute: 1e-5 });
  });

  test("one key, the same tokens; another key, others; compiled, the same", () => {
    const model = smallT5();
    const of = (seed: number) => sampleT5(model, inputs(), options, Rng.key(seed));
    const once = of(3);
    expect(of(3).tokens.arraySync()).toEqual(once.tokens.arraySync());
    expect(of(4).tokens.arraySync()).not.toEqual(once.tokens.arraySync());
    const traced = compile((ids: tf.Tensor2D, key: tf.Tensor1D) => sampleT5(model, ids, options, key), {
      name: "sampling",
      xla: false,
    });
    const program = traced(inputs(), Rng.key(3));
    expect(program.tokens.arraySync()).toEqual(once.tokens.arraySync());
    assertClose(program.logProbs, once.logProbs);
    expect(traced(inputs(), Rng.key(4)).tokens.arraySync()).toEqual(of(4).tokens.arraySync());
    expect(traced.traces).toBe(1);
    traced.dispose();
  });

  test("leave only their results", () => {
    const model = smallT5();
    const [ids, key] = [inputs(), Rng.key(3)];
    const before = tf.memory().numTensors;
    sampleT5(model, ids, options, key);
    expect(tf.memory().numTensors).toBe(before + 2);
  });
});

describe("frequencies", () => {
  /** Of the χ² distribution with so many degrees of freedom, by Wilson and Hilferty: exceeded once in a thousand. */
  const bound = (freedom: number) =>
    freedom * (1 - 2 / (9 * freedom) + 3.09 * Math.sqrt(2 / (9 * freedom))) ** 3;
  const SAMPLES = 4000;

  test.each([1, 2])("of two tokens are those of the softmax at temperature %d", (temperature) => {
    const model = smallT5({ vocabulary: 5 });
    const ids = tf.tensor2d([1, 3, 2, 4], [1, 4], "int32");
    const { tokens } = sampleT5(model, ids, { steps: 2, samples: SAMPLES, temperature }, Rng.key(6));
    const pairs = tf.tensor3d(
      Array.from({ length: 25 }, (_, pair) => [Math.floor(pair / 5), pair % 5]).flat(),
      [1, 25, 2],
      "int32",
    );
    const logProbs = tokenLogProbs(sampledLogits(model, ids, pairs), pairs.reshape([25, 2]), temperature);
    const expected = logProbs.sum(-1).exp().mul(SAMPLES).dataSync();
    const counts = new Array<number>(25).fill(0);
    for (const [a, b] of tokens.arraySync()[0]) counts[5 * a + b] += 1;
    // Cells with few samples go together, or χ² would not be χ²-distributed.
    const large = counts.flatMap((count, pair) => (expected[pair] >= 5 ? [[count, expected[pair]]] : []));
    const rest = large.reduce(
      ([count, wanted], cell) => [count - cell[0], wanted - cell[1]],
      [SAMPLES, SAMPLES],
    );
    const cells = rest[1] >= 5 ? [...large, rest] : large;
    const statistic = cells.reduce((sum, [count, wanted]) => sum + (count - wanted) ** 2 / wanted, 0);
    expect(cells.length).toBeGreaterThan(5);
    expect(statistic).toBeLessThan(bound(cells.length - 1));
  });
});

test("errors", () => {
  const of = (changed: Partial<SamplingOptions>) => () =>
    sampleT5(smallT5(), inputs(), { ...options, ...changed }, Rng.key(1));
  expect(of({ steps: 0 })).toThrow("sampleT5: steps must be a positive whole number, not 0.");
  expect(of({ samples: 1.5 })).toThrow("sampleT5: samples must be a positive whole number, not 1.5.");
  expect(of({ start: 11 })).toThrow("sampleT5: the start 11 is no token of a vocabulary of 11.");
  expect(of({ temperature: -1 })).toThrow("sampleT5: the temperature -1 is negative.");
});
