import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { adam } from "../../optim";
import type { TrainingBatch } from "../../recsys/models/sequentialModel";
import { compile, tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { assertClose, finiteDifferences } from "../../tensor/testing";
import { countParameters, flattenTree } from "../../tensor/tree";
import { encodeAll, encodedAt, encodeLast, refeed, transform } from "./forward";
import { roundTrip, stateLoss, timeLoss } from "./losses";
import { type Alignment, lastPosition, type T2ARec, t2aRec } from "./model";
import { T2AREC_DEFAULTS } from "./parameters";
import { ALIGNMENT, makeBatch, TINY, tinyBatch, tinyModel } from "./testing";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const HISTORY = [3, 1, 5, 2, 7];
const GAPS = [0, 1.3, 0.2, 4, 0.7, 2.1];

describe("padding, right or left, changes nothing", () => {
  test.each([
    [0, "right"],
    [20, "right"],
    [0, "left"],
    [20, "left"],
  ] as const)("%i on the %s", (pads, padding) => {
    const reference = tinyModel();
    const model = tinyModel({ padding });
    const plain = makeBatch([HISTORY], [GAPS], HISTORY.length, "right");
    const padded = makeBatch([HISTORY], [GAPS], HISTORY.length + pads, padding);
    const state = (of: typeof model, batch: TrainingBatch) =>
      encodeLast(
        of.parameters,
        of.options,
        transform(of.parameters, of.options, batch.items),
        lastPosition(batch.items),
      ).state;
    const close = { relative: 1e-5, absolute: 1e-5 };
    assertClose(model.encode(padded), reference.encode(plain), close, "o_n");
    assertClose(state(model, padded), state(reference, plain), close, "h_n");
    const [found, expected] = [
      model.align(model.parameters, padded),
      reference.align(reference.parameters, plain),
    ];
    assertClose(found.time.loss, expected.time.loss, close, "L_time");
    assertClose(found.state, expected.state, close, "L_state");
  });
});

test("output i does not depend on later items", () => {
  const { parameters, options } = tinyModel();
  const outputs = (items: number[]) =>
    encodeAll(parameters, options, transform(parameters, options, tf.tensor2d([items], [1, 5], "int32")));
  const [before, after] = [outputs([3, 1, 5, 2, 7]), outputs([3, 1, 5, 9, 4])];
  const head = (t: tf.Tensor3D) => t.slice([0, 0, 0], [1, 3, -1]);
  assertClose(head(before), head(after));
  expect(before.sub(after).abs().max().dataSync()[0]).toBeGreaterThan(1e-3);
});

describe("reading one position and reading all of them agree", () => {
  test.each(["recurrence", "quadratic", "chunked"] as const)("%s", (form) => {
    const { parameters, options } = tinyModel({ form, chunk: 3, dSkip: true });
    const { items } = tinyBatch();
    const transformed = transform(parameters, options, items);
    const last = lastPosition(items);
    const one = encodeLast(parameters, options, transformed, last);
    const all = encodeAll(parameters, options, transformed);
    const cut = encodedAt(parameters, options, transformed, all, last);
    assertClose(cut.output, one.output, { absolute: 1e-5 });
    assertClose(cut.state, one.state, { absolute: 1e-5 });
  });
});

describe("the re-fed token", () => {
  test("passes through the same Transform as a real one: token n + 1 after n real ones", () => {
    const { parameters, options } = tinyModel();
    const items = tf.tensor2d([HISTORY], [1, 5], "int32");
    const encoded = encodeLast(
      parameters,
      options,
      transform(parameters, options, items),
      lastPosition(items),
    );
    // Put E1_5 itself where o_n stands, read up to item 4: this must give X_5, B_5 and Δ_5.
    const full = transform(parameters, options, items);
    const upToFour = encodeLast(parameters, options, full, tf.tensor1d([3], "int32"));
    const refed = refeed(parameters, options, { output: encoded.lastInput, context: upToFour.context });
    assertClose(refed.x, encoded.lastX, { absolute: 1e-5 });
    assertClose(refed.delta, encoded.delta.slice([0, 4], [1, 1]).flatten(), { absolute: 1e-5 });
    assertClose(refed.write, full.write.slice([0, 4, 0], [1, 1, -1]).squeeze([1]), { absolute: 1e-5 });
  });
  test("sees no neighbours with refeedContext false: the history before o_n does not matter", () => {
    const alone = tinyModel({ refeedContext: false });
    const full = tinyModel({ refeedContext: true });
    const output = tf.ones<tf.Rank.R2>([1, TINY.dimensions]);
    const contexts = [0, 1].map((value) => tf.fill([1, 3, 14], value) as tf.Tensor3D);
    const deltas = (model: typeof alone) =>
      contexts.map((context) => refeed(model.parameters, model.options, { output, context }).x);
    const [a, b] = deltas(alone);
    assertClose(a, b);
    const [c, d] = deltas(full);
    expect(c.sub(d).abs().max().dataSync()[0]).toBeGreaterThan(0.01);
  });
});

describe("gradients against central differences", () => {
  /** Compares a few elements of every parameter; `loss` and `differenced` are the same function of the parameters. */
  function check(model: T2ARec, loss: () => tf.Scalar, differenced: () => tf.Scalar = loss): void {
    const { grads } = tf.variableGrads(loss);
    for (const [path, leaf] of flattenTree(model.parameters as object)) {
      const variable = leaf as unknown as tf.Variable;
      const gradient = grads[variable.name]?.dataSync();
      const values = [...variable.dataSync()];
      for (const element of new Set([0, Math.floor(values.length / 2), values.length - 1])) {
        const at = (value: number) =>
          tf.tidy(() => {
            const moved = values.map((old, i) => (i === element ? value : old));
            variable.assign(tf.tensor(moved, variable.shape));
            return differenced().dataSync()[0];
          });
        const [numeric] = finiteDifferences(([value]) => at(value), [values[element]], 1e-2);
        at(values[element]);
        const analytic = gradient?.[element] ?? 0;
        expect(
          Math.abs(analytic - numeric),
          `${path}[${element}]: ${analytic} against ${numeric}`,
        ).toBeLessThan(2e-2 * Math.abs(numeric) + 2e-3);
      }
    }
  }

  test("L_rec over prefixes", () => {
    const model = tinyModel({ dSkip: true });
    check(model, () => model.objective(tinyBatch(), Rng.key(1)).recommendation);
  });

  test("L_rec over all positions", () => {
    const model = tinyModel({}, "position");
    const batch = tinyBatch();
    const targets = batch.items.slice([0, 1], [4, 7]).concat(tf.zeros([4, 1], "int32"), 1);
    check(model, () => model.objective({ ...batch, targets }, Rng.key(1)).recommendation);
  });

  // The stop-gradient makes o_n a constant to the gradient; the differences must hold it still as well.
  test.each(["time", "state"] as const)("L_%s, o_n held still", (part) => {
    const model = tinyModel();
    const { parameters, options } = model;
    const batch = tinyBatch();
    const pick = ({ time, state }: Alignment) => (part === "time" ? time.loss : state);
    const output = model.encode(batch);
    const held = () => {
      const last = lastPosition(batch.items);
      const encoded = {
        ...encodeLast(parameters, options, transform(parameters, options, batch.items), last),
        output,
      };
      const refed = refeed(parameters, options, encoded);
      const { back } = roundTrip(parameters, options, encoded, refed);
      const inputs = { ...batch, delta: encoded.delta, nextDelta: refed.delta };
      return part === "time"
        ? timeLoss(inputs, ALIGNMENT).loss
        : stateLoss(encoded.state, back, refed.delta, batch.weights);
    };
    assertClose(held(), pick(model.align(parameters, batch)));
    check(model, () => pick(model.align(parameters, batch)), held);
  });
});

describe("the stop-gradient on o_n", () => {
  const gradientsOf = (part: "time" | "state") => {
    const model = tinyModel();
    const { grads } = tf.variableGrads(() => {
      const aligned = model.align(model.parameters, tinyBatch());
      return part === "time" ? aligned.time.loss : aligned.state;
    });
    const named = flattenTree(model.parameters as object) as unknown as [string, tf.Variable][];
    return new Map(named.map(([path, variable]) => [path, grads[variable.name]]));
  };
  test.each(["time", "state"] as const)("L_%s reaches nothing behind o_n", (part) => {
    const gradients = gradientsOf(part);
    for (const [path, gradient] of gradients) {
      if (!/^(feedForward|gate|output)/.test(path)) continue;
      expect(gradient === undefined || gradient.abs().max().dataSync()[0] === 0, path).toBe(true);
    }
  });
  test("L_state reaches W₁, the convolution, A, W₂ and the item table", () => {
    const gradients = gradientsOf("state");
    for (const path of [
      "transform.projection.weight",
      "transform.projection.bias",
      "transform.convolution.weight",
      "logDecay",
      "backwardInput.weight",
      "items.table",
    ]) {
      expect(gradients.get(path)!.abs().max().dataSync()[0], path).toBeGreaterThan(1e-5);
    }
  });
});

describe("options", () => {
  test("dtInit sets where Δ starts: softplus(0) = 0.693, softplus(-3) = 0.0486", () => {
    for (const [dtInit, expected] of [
      [0, Math.LN2],
      [-3, Math.log1p(Math.exp(-3))],
    ]) {
      const { parameters, options } = t2aRec({ items: 12, dtInit }, { alignment: ALIGNMENT }, Rng.key(1));
      const { delta } = transform(parameters, options, tf.tensor2d([HISTORY], [1, 5], "int32"));
      expect(Math.abs(delta.mean().dataSync()[0] - expected)).toBeLessThan(0.2 * expected);
    }
  });
  test("the default sizes give the number of parameters of the equations", () => {
    const [V, d, s] = [12, 64, 32];
    const { parameters } = t2aRec({ items: V }, { alignment: ALIGNMENT }, Rng.key(1));
    const transformSize = d * (d + 2 * s + 1) + (d + 2 * s + 1) + (4 + 1) * (d + 2 * s);
    const rest = 2 * d * d + d + (d * s + s) + (2 * d * 4 * d + 4 * d + d) + 3 * 2 * d + 1;
    expect(countParameters(parameters)).toBe((V + 1) * d + transformSize + rest);
    expect(T2AREC_DEFAULTS.dimensions).toBe(d);
  });
  test("time stamps do not enter the forward pass", () => {
    const model = tinyModel();
    const batch = tinyBatch();
    assertClose(model.score({ ...batch, gaps: batch.gaps.mul(17) as tf.Tensor2D }), model.score(batch));
  });
});

describe("training", () => {
  test("the losses add up", () => {
    const { total, recommendation, time, state } = tinyModel().objective(tinyBatch(), Rng.key(1));
    const { timeWeight, stateWeight } = ALIGNMENT;
    assertClose(total, recommendation.add(time.mul(timeWeight)).add(state.mul(stateWeight)));
  });

  test.each(["prefix", "position"] as const)("overfits 64 users in 300 steps on %s batches", (batches) => {
    const [users, length] = [64, 6];
    const model = t2aRec(
      { items: users, dimensions: 16, stateSize: 8, dropout: 0 },
      { alignment: { ...ALIGNMENT, timeWeight: 0.01, stateWeight: 0.001 }, batches },
      Rng.key(2),
    );
    // The first item names the user, so that every later one can be known.
    const histories = Array.from({ length: users }, (_, user) =>
      Array.from({ length: length + 1 }, (_, i) => 1 + ((user * (2 * i + 1) + 11 * i) % users)),
    );
    const inputs = histories.map((row) => row.slice(0, length));
    const gaps = inputs.map((row) => [...row.map((_, i) => i), 1]);
    const next = histories.flatMap((row) => (batches === "prefix" ? row.slice(-1) : row.slice(1)));
    const shape = batches === "prefix" ? [users] : [users, length];
    const batch = { ...makeBatch(inputs, gaps, length, "right"), targets: tf.tensor(next, shape, "int32") };
    const optimizer = adam(model.parameters, { learningRate: 0.01 });
    const key = Rng.key(3);
    const step = compile((index: tf.Scalar) =>
      optimizer.step(() => model.loss(batch, Rng.foldIn(key, index))),
    );
    for (let index = 0; index < 300; index++) tf.tidy(() => step(tf.scalar(index, "int32"))).dispose();
    expect(model.objective(batch, key).recommendation.dataSync()[0]).toBeLessThan(0.1);
    step.dispose();
  });
});
