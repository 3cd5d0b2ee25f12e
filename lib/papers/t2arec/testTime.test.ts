import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { TrainingBatch } from "../../recsys/models/sequentialModel";
import { compile, tf } from "../../tensor";
import { assertClose } from "../../tensor/testing";
import { flattenTree } from "../../tensor/tree";
import type { T2ARec } from "./model";
import { makeBatch, tinyBatch, tinyModel } from "./testing";
import { adapt, type TestTimeOptions, testTimeScores } from "./testTime";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const OPTIONS: TestTimeOptions = { timeWeight: 0.5, stateWeight: 0.3, learningRate: 0.05 };

function weights(model: T2ARec): number[][] {
  return flattenTree(model.parameters as object).map(([, leaf]) => [...(leaf as tf.Tensor).dataSync()]);
}

function otherBatch(): TrainingBatch {
  return makeBatch(
    [
      [1, 2, 3, 4],
      [9, 8],
      [7, 7, 7],
      [6, 1],
    ],
    [
      [0, 1, 9, 1, 3],
      [0, 2, 1],
      [0, 1, 1, 4],
      [0, 5, 1],
    ],
    8,
    "right",
  );
}

const optimizers = ["sgd", "adam"] as const;

describe.each(optimizers)("with %s", (optimizer) => {
  const options = { ...OPTIONS, optimizer, learningRate: optimizer === "sgd" ? 0.05 : 0.005 };

  test("leaves the model's parameters bit for bit as they are", () => {
    const model = tinyModel();
    const before = weights(model);
    const adapted = testTimeScores(model, { ...options, steps: 3 })(tinyBatch());
    expect(weights(model)).toEqual(before);
    const moved = adapted.sub(model.score(tinyBatch())).slice([0, 1], [4, 12]).abs().max();
    expect(moved.dataSync()[0]).toBeGreaterThan(1e-4);
  });

  test("a batch's scores do not depend on the batch before", () => {
    const model = tinyModel();
    const score = testTimeScores(model, options);
    const alone = [...score(tinyBatch()).dataSync()];
    score(otherBatch());
    expect([...score(tinyBatch()).dataSync()]).toEqual(alone);
  });

  test("no step, no step size or no loss: plain inference", () => {
    const model = tinyModel();
    const plain = [...model.score(tinyBatch()).dataSync()];
    for (const nothing of [{ steps: 0 }, { learningRate: 0 }, { timeWeight: 0, stateWeight: 0 }]) {
      expect([...testTimeScores(model, { ...options, ...nothing })(tinyBatch()).dataSync()]).toEqual(plain);
    }
  });

  test("without time stamps (gaps of NaN) a step on the state loss alone is what it is with them", () => {
    const score = testTimeScores(tinyModel(), { ...options, timeWeight: 0 });
    const batch = tinyBatch();
    const timeless = { ...batch, gaps: tf.fill(batch.gaps.shape, Number.NaN) as tf.Tensor2D };
    expect([...score(timeless).dataSync()]).toEqual([...score(batch).dataSync()]);
  });

  test("labels do not matter", () => {
    const score = testTimeScores(tinyModel(), options);
    const batch = tinyBatch();
    const permuted = { ...batch, targets: batch.targets.reverse() };
    expect([...score(permuted).dataSync()]).toEqual([...score(batch).dataSync()]);
  });

  test("the step lowers the loss it takes its gradient of", () => {
    const model = tinyModel();
    const batch = tinyBatch();
    const lossOf = (parameters: ReturnType<typeof adapt>) => {
      const { time, state } = model.align(parameters, batch);
      return time.loss.mul(options.timeWeight).add(state.mul(options.stateWeight)).dataSync()[0];
    };
    const start = lossOf(model.parameters);
    const rates = optimizer === "sgd" ? [1e-3, 1e-2] : [1e-4, 1e-3];
    for (const learningRate of rates) {
      expect(lossOf(adapt(model, batch, { ...options, learningRate }))).toBeLessThan(start);
    }
    const twice = adapt(model, batch, { ...options, learningRate: rates[0], steps: 2 });
    expect(lossOf(twice)).toBeLessThan(lossOf(adapt(model, batch, { ...options, learningRate: rates[0] })));
  });

  test("compiled, it gives the same scores and leaks nothing", () => {
    const model = tinyModel();
    const score = testTimeScores(model, options);
    const compiled = compile(
      (items: tf.Tensor2D, gaps: tf.Tensor2D, lengths: tf.Tensor1D, users: tf.Tensor1D) =>
        score({ items, gaps, lengths, users }).slice([0, 1], [4, 12]),
      { xla: false },
    );
    const { items, gaps, lengths, users } = tinyBatch();
    assertClose(compiled(items, gaps, lengths, users), score(tinyBatch()).slice([0, 1], [4, 12]), {
      relative: 1e-3,
      absolute: 1e-3,
    });
    const before = tf.memory().numTensors;
    tf.tidy(() => compiled(items, gaps, lengths, users)).dispose();
    expect(tf.memory().numTensors).toBe(before);
    compiled.dispose();
  });
});

test("one step of gradient descent by hand: θ - α ∇(μ₁ L_time + μ₂ L_state)", () => {
  const model = tinyModel();
  const batch = tinyBatch();
  const { grads } = tf.variableGrads(() => {
    const { time, state } = model.align(model.parameters, batch);
    return time.loss.mul(0.5).add(state.mul(0.3)) as tf.Scalar;
  });
  const bias = model.parameters.transform.projection.bias!;
  const moved = adapt(model, batch, OPTIONS).transform.projection.bias!;
  assertClose(moved, bias.sub(grads[bias.name].mul(0.05)));
});

test("Adam's first step is α sign(gradient), whatever μ is", () => {
  const model = tinyModel();
  const moveOf = (timeWeight: number) => {
    const moved = adapt(model, tinyBatch(), {
      timeWeight,
      stateWeight: 0,
      learningRate: 0.01,
      optimizer: "adam",
    });
    return moved.transform.projection.bias!.sub(model.parameters.transform.projection.bias!).dataSync();
  };
  const [small, large] = [moveOf(0.1), moveOf(10)];
  small.forEach((value, i) => {
    expect(Math.abs(value - large[i])).toBeLessThan(1e-4);
  });
  expect(Math.max(...small.map(Math.abs))).toBeCloseTo(0.01, 4);
});

test("what may move is chosen by name", () => {
  const model = tinyModel();
  const changed = (parameters: TestTimeOptions["parameters"]) => {
    const moved = flattenTree(adapt(model, tinyBatch(), { ...OPTIONS, parameters }) as object);
    const own = flattenTree(model.parameters as object);
    return own.flatMap(([path, leaf], i) =>
      (leaf as tf.Tensor).sub(moved[i][1]).abs().max().dataSync()[0] > 0 ? [path.split(".")[0]] : [],
    );
  };
  expect(new Set(changed("all"))).toEqual(
    new Set(["items", "inputNorm", "transform", "logDecay", "backwardInput"]),
  );
  expect(new Set(changed("noEmbedding"))).toEqual(
    new Set(["inputNorm", "transform", "logDecay", "backwardInput"]),
  );
  expect(new Set(changed("blockOnly"))).toEqual(new Set(["transform", "logDecay", "backwardInput"]));
});
