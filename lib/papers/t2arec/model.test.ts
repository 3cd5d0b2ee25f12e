import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { adam } from "../../optim";
import type { TrainingBatch } from "../../recsys/models/sequentialModel";
import { checkParameterGradients } from "../../recsys/models/testing";
import { compile, tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { assertClose } from "../../tensor/testing";
import { flattenTree } from "../../tensor/tree";
import { encodeLast, refeed, transform } from "./forward";
import { roundTrip, stateLoss, timeLoss } from "./losses";
import { type Alignment, lastPosition, t2aRec } from "./model";
import { ALIGNMENT, makeBatch, tinyBatch, tinyModel } from "./testing";

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

describe("gradients against central differences", () => {
  const unreached = /./; // L_time and L_state each reach a part of the parameters

  test("L_rec over prefixes", () => {
    const model = tinyModel({ dSkip: true });
    checkParameterGradients(model.parameters, () => model.objective(tinyBatch(), Rng.key(1)).recommendation, {
      unreached,
    });
  });

  test("L_rec over all positions", () => {
    const model = tinyModel({}, "position");
    const batch = tinyBatch();
    const targets = batch.items.slice([0, 1], [4, 7]).concat(tf.zeros([4, 1], "int32"), 1);
    checkParameterGradients(
      model.parameters,
      () => model.objective({ ...batch, targets }, Rng.key(1)).recommendation,
      { unreached },
    );
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
    checkParameterGradients(parameters, () => pick(model.align(parameters, batch)), {
      unreached,
      differenced: held,
    });
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

describe("training", () => {
  test("the losses add up", () => {
    const { total, recommendation, time, state } = tinyModel().objective(tinyBatch(), Rng.key(1));
    const { timeWeight, stateWeight } = ALIGNMENT;
    assertClose(total, recommendation.add(time.mul(timeWeight)).add(state.mul(stateWeight)));
  });

  test.each(["prefix", "position"] as const)(
    "overfits 64 users in 300 steps on %s batches",
    (batches) => {
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
      const step = compile(
        (index: tf.Scalar) => optimizer.step(() => model.loss(batch, Rng.foldIn(key, index))),
        { xla: false },
      );
      for (let index = 0; index < 300; index++) tf.tidy(() => step(tf.scalar(index, "int32"))).dispose();
      expect(model.objective(batch, key).recommendation.dataSync()[0]).toBeLessThan(0.1);
      step.dispose();
    },
    300_000,
  ); // 15 s with TensorFlow, minutes on the JavaScript fallback
});
