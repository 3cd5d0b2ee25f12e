import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { keyStream } from "../../nn";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { assertClose } from "../../tensor/testing";
import { flattenTree } from "../../tensor/tree";
import { unitRows } from "../contrastive";
import { denseMatrix } from "../generative/matrix";
import { testSequentialModel } from "../models/contract";
import { checkParameterGradients, toyBatch } from "../models/testing";
import { mixDomains } from "./domains";
import { applyMixtureOfExperts } from "./mixtureOfExperts";
import { cycleDomain, TYPES } from "./transferTesting";
import { type UniSRecOptions, uniSRec } from "./unisrec";

const SMALL: UniSRecOptions = {
  contentWidth: TYPES + 2,
  windowLength: 8,
  dimensions: 8,
  blocks: 1,
  inner: 16,
  experts: 3,
  dropout: 0,
  expertDropout: 0,
  initialDeviation: 0.3,
};

const domainOf = (items: number) => cycleDomain({ seed: 3, items, users: 4, events: 5 });

testSequentialModel("UniSRec on a target, transductive,", {
  make: ({ items, windowLength, dropout }) =>
    uniSRec({ ...SMALL, windowLength, dropout, expertDropout: dropout, tuned: "all" }, Rng.key(5)).fineTuning(
      domainOf(items),
      1,
    ).stages[0].model,
  batches: ["prefix"],
});

describe("UniSRec", () => {
  beforeEach(() => tf.engine().startScope());
  afterEach(() => tf.engine().endScope());

  const target = domainOf(6);
  const text = () => tf.tensor2d(Float32Array.from(target.text.values), [6, TYPES + 2]);

  test("scores by the cosine of the history and the items' text, and of their own embedding where they have one", () => {
    for (const setting of ["inductive", "transductive"] as const) {
      const model = uniSRec({ ...SMALL, setting }, Rng.key(5));
      const [{ model: tuned }] = model.fineTuning(target, 1).stages;
      const ofText = applyMixtureOfExperts(model.weights.experts, text(), 0, undefined);
      const own = flattenTree<object>(tuned.parameters as object).find(([path]) => path === "ids.table");
      expect(own !== undefined).toBe(setting === "transductive");
      const table = own === undefined ? ofText : ofText.add((own[1] as tf.Tensor).slice([1, 0], [6, 8]));
      const history = unitRows(tuned.encode(toyBatch()));
      const cosines = tf.matMul(history, unitRows(table as tf.Tensor2D), false, true);
      const scores = tuned.score(toyBatch()).slice([0, 1], [3, 6]);
      assertClose(scores.mul(0.07), cosines, { absolute: 1e-5 });
    }
  });

  test("moves what it is told to: without the encoder, or all", () => {
    const paths = (options: Partial<UniSRecOptions>) => {
      const [{ model }] = uniSRec({ ...SMALL, ...options }, Rng.key(5)).fineTuning(target, 1).stages;
      return new Set(flattenTree<object>(model.parameters as object).map(([path]) => path.split(".")[0]));
    };
    expect(paths({})).toEqual(new Set(["experts", "inputNorm", "ids"]));
    expect(paths({ setting: "inductive" })).toEqual(new Set(["experts", "inputNorm"]));
    expect(paths({ tuned: "all" })).toEqual(new Set(["experts", "inputNorm", "ids", "positions", "blocks"]));
  });

  const sources = mixDomains([3, 4].map((seed) => cycleDomain({ seed, items: 6, users: 4, events: 5 })));

  test("pre-training contrasts histories with next items, and weighs views by λ", () => {
    const loss = (options: Partial<UniSRecOptions>) =>
      uniSRec({ ...SMALL, temperature: 0.5, ...options }, Rng.key(5))
        .pretraining(sources, 1)
        .loss(toyBatch(), Rng.key(2))
        .dataSync()[0];
    const [none, one, two] = [0, 1, 2].map((viewWeight) => loss({ viewWeight }));
    expect(one - none).toBeGreaterThan(0.01);
    expect(two - one).toBeCloseTo(one - none, 4);
    // The first term by hand; the experts are mixed as the gates' noise has it, drawn from the same keys.
    const { weights, fineTuning } = uniSRec({ ...SMALL, setting: "inductive" }, Rng.key(5));
    const keys = keyStream(Rng.key(2));
    const histories = fineTuning(sources, 1).stages[0].model.encode(toyBatch(), keys);
    const table = tf.tensor2d(Float32Array.from(sources.text.values), [12, TYPES + 2]);
    const next = applyMixtureOfExperts(weights.experts, tf.gather(table, [5, 0, 2]), 0, keys);
    const cosines = tf
      .matMul<tf.Tensor2D>(unitRows(histories), unitRows(next as tf.Tensor2D), false, true)
      .arraySync();
    const expected = cosines.map(
      (row, b) => Math.log(row.reduce((sum, cosine) => sum + Math.exp(cosine / 0.5), 0)) - row[b] / 0.5,
    );
    expect(none).toBeCloseTo(expected.reduce((a, b) => a + b) / 3, 4);
  });

  test("views are of fewer items or of thinned texts, and without drops the histories themselves", () => {
    const loss = (options: Partial<UniSRecOptions>, sign = -1) => {
      const thinnedText = denseMatrix(
        12,
        TYPES + 2,
        Float32Array.from(sources.text.values, (x) => sign * x),
      );
      return uniSRec({ ...SMALL, viewWeight: 1, ...options }, Rng.key(5))
        .pretraining({ ...sources, thinnedText }, 1)
        .loss(toyBatch(), Rng.key(2))
        .dataSync()[0];
    };
    const same = loss({ dropRatio: 0, itemDropShare: 0 });
    expect(loss({ dropRatio: 0, itemDropShare: 1 })).toBeCloseTo(same, 5);
    expect(loss({ dropRatio: 0.9, itemDropShare: 0 }, 1)).toBeCloseTo(same, 5); // thinned texts that lack nothing
    const [items, words] = [1, 0].map((itemDropShare) => loss({ dropRatio: 0.9, itemDropShare }));
    for (const other of [items, words]) expect(Math.abs(other - same)).toBeGreaterThan(0.01);
    expect(Math.abs(items - words)).toBeGreaterThan(0.01);
  });

  test("experts have their dropout in both phases", () => {
    // Of one expert the gate is 1, whatever its noise: nothing else is drawn.
    const model = uniSRec({ ...SMALL, experts: 1, expertDropout: 0.5, viewWeight: 0 }, Rng.key(5));
    const pretraining = model.pretraining(sources, 1);
    const [{ model: tuned }] = model.fineTuning(target, 1).stages;
    for (const { loss } of [pretraining, tuned]) {
      const draw = (seed: number) => loss(toyBatch(), Rng.key(seed)).dataSync()[0];
      expect(Math.abs(draw(1) - draw(2))).toBeGreaterThan(1e-3);
      expect(draw(1)).toBe(draw(1));
    }
  });

  test("gradients of pre-training against central differences", () => {
    const model = uniSRec({ ...SMALL, temperature: 0.5, viewWeight: 0.5 }, Rng.key(5));
    const { loss } = model.pretraining(sources, 1);
    checkParameterGradients(model.weights, () => loss(toyBatch(), Rng.key(2)));
  });

  test("rows that fill a batch up change nothing in pre-training", () => {
    // The noise of the gates is drawn by row: only without it can batches of other sizes be compared.
    const model = uniSRec({ ...SMALL, viewWeight: 0, experts: 1 }, Rng.key(5));
    const { loss } = model.pretraining(sources, 1);
    const batch = toyBatch();
    const rows = [0, 1, 2, 0, 0];
    const pick = <T extends tf.Tensor>(x: T) => tf.gather(x, rows) as T;
    const filled = {
      items: pick(batch.items),
      gaps: pick(batch.gaps),
      lengths: pick(batch.lengths),
      targets: pick(batch.targets),
      users: pick(batch.users),
      weights: tf.tensor1d([1, 1, 1, 0, 0]),
    };
    assertClose(loss(filled, Rng.key(2)), loss(batch, Rng.key(2)), { relative: 1e-5 });
  });

  test("frees what it made for a domain, and refuses texts of another width", () => {
    const model = uniSRec(SMALL, Rng.key(5));
    const before = tf.memory().numTensors;
    model.pretraining(sources, 1).dispose();
    expect(tf.memory().numTensors).toBe(before);
    model.fineTuning(target, 1).dispose();
    expect(tf.memory().numTensors).toBe(before);
    const wide = { ...target, text: denseMatrix(6, 9) };
    expect(() => model.fineTuning(wide, 1)).toThrow("are 9 wide, and the model was built for 8");
    expect(() => uniSRec({ ...SMALL, blocks: 0 }, Rng.key(1))).toThrow("at least one block");
  });
});
