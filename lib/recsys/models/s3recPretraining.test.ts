import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { applyEmbedding, keyStream } from "../../nn";
import { compile, tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { assertClose } from "../../tensor/testing";
import { attributeTensor } from "../attributes";
import { S3REC_DEFAULTS, type S3RecParameters, s3Rec } from "./s3rec";
import { type Encoder, pretrainingLosses } from "./s3recPretraining";
import { pretrainingViews } from "./s3recViews";
import { checkParameterGradients, fillWithWaves, toyAttributes, toyBatch, variableAt } from "./testing";
import { positionedInput, runTransformer } from "./transformer";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const M = 7; // the mask token
const ids = (rows: number[][]) => tf.tensor2d(rows, [rows.length, rows[0].length], "int32");

describe("S3-Rec against RecBole, first stage", () => {
  const SIZES = { dimensions: 4, heads: 2, inner: 6, dropout: 0 };
  const model = () => {
    const built = s3Rec({ items: 6, attributes: toyAttributes(6), windowLength: 4, ...SIZES }, Rng.key(1));
    fillWithWaves(built);
    return built;
  };
  const encoder =
    (parameters: S3RecParameters): Encoder =>
    (batch, read) => {
      const options = { ...S3REC_DEFAULTS, ...SIZES };
      const embedded = applyEmbedding(parameters.items, batch.items, { padding: 0 });
      const input = positionedInput("test", embedded, parameters, options, undefined);
      return runTransformer(parameters.blocks, input, batch, { ...options, read, causal: false }, undefined);
    };

  // The spoilt histories are given, for the two draw theirs differently; RecBole's sums are divided by the three histories.
  const full = () => ({
    items: ids([
      [3, 1, 5, 2],
      [4, 6, 1, 2],
      [2, 5, 3, 6],
    ]),
    lengths: tf.tensor1d([4, 4, 4], "int32"),
    weights: tf.ones<tf.Rank.R1>([3]),
  });
  const views = () => ({
    masked: ids([
      [3, M, 5, 2],
      [M, 6, 1, M],
      [2, 5, 3, 6],
    ]),
    negatives: ids([
      [3, 6, 5, 2],
      [3, 6, 1, 5],
      [2, 5, 3, 6],
    ]),
    context: ids([
      [3, M, M, 2],
      [M, 6, 1, 2],
      [2, 5, 3, M],
    ]),
    segment: ids([
      [M, 1, 5, M],
      [4, M, M, M],
      [M, M, M, 6],
    ]),
    foreign: ids([
      [M, 2, 4, M],
      [5, M, M, M],
      [M, M, M, 1],
    ]),
  });
  const losses = (parameters: S3RecParameters) =>
    pretrainingLosses(parameters, encoder(parameters), full(), views(), attributeTensor(toyAttributes(6), 6));

  test("the four losses", () => {
    const { parameters } = model();
    const found = losses(parameters);
    assertClose(found.associatedAttributes, 10.501906, { relative: 1e-5 });
    assertClose(found.maskedItem, 0.8845132, { relative: 1e-5 });
    assertClose(found.maskedAttributes, 4.7768386, { relative: 1e-5 });
    assertClose(found.segment, 0.6925357, { relative: 1e-5 });
  });

  test("gradients of the weighted sum", () => {
    const built = model();
    const total = () => {
      const found = losses(built.parameters);
      return tf.addN([
        found.associatedAttributes.mul(0.2),
        found.maskedItem,
        found.maskedAttributes,
        found.segment.mul(0.5),
      ]) as tf.Scalar;
    };
    const { value, grads } = tf.variableGrads(total);
    assertClose(value, 8.1080008, { relative: 1e-5 });
    const gradient = (path: string) => grads[variableAt(built, path).name];
    assertClose(
      gradient("items.table").flatten(),
      [
        0, 0, 0, 0, 0.11709, 0.03918, -0.077, -0.07248, 0.03137, 0.02158, -0.04767, 0.00255, -0.00453,
        0.01763, 0.01398, -0.0348, 0.03831, 0.00636, -0.03999, 0.004, -0.05256, -0.00046, 0.04178, 0.00149,
        -0.06693, 0.0168, 0.01196, 0.03062, -0.29197, 0.2033, -0.22328, 0.31195,
      ],
      { absolute: 3e-5 },
    );
    assertClose(
      gradient("attributes.table").flatten(),
      [
        -0.00462, 0.93861, -0.23725, -0.87747, 0.05948, 0.11393, -0.08884, -0.09103, 0.01682, 0.57723,
        -0.16557, -0.53456, 0.03935, 0.04843, -0.05183, -0.03507, 0.10577, 0.18098, -0.1524, -0.14171,
      ],
      { absolute: 3e-5 },
    );
    assertClose(gradient("pretraining.maskedItem.bias"), [-0.07096, -0.01763, 0.0755, -0.00182], {
      absolute: 3e-5,
    });
    // RecBole's weight is the transpose: its first column is our first row.
    const firstRow = gradient("pretraining.segment.weight").slice([0, 0], [1, 4]).flatten();
    assertClose(firstRow, [-0.00015, -0.00005, 0.00039, 0.00033], { absolute: 2e-5 });
  });

  test("padding on the right counts nowhere", () => {
    const { parameters } = model();
    const { items, lengths, weights } = toyBatch();
    const masked = ids([
      [3, M, 5, 2],
      [M, 6, 0, 0],
      [M, 0, 0, 0],
    ]);
    const negatives = ids([
      [3, 6, 5, 2],
      [3, 6, 0, 0],
      [5, 0, 0, 0],
    ]);
    const found = pretrainingLosses(
      parameters,
      encoder(parameters),
      { items, lengths, weights },
      { masked, negatives, context: masked, segment: masked, foreign: masked },
      attributeTensor(toyAttributes(6), 6),
    );
    assertClose(found.associatedAttributes, 4.6536236, { relative: 1e-5 });
    assertClose(found.maskedItem, 0.8841713, { relative: 1e-5 });
    assertClose(found.maskedAttributes, 4.7309411, { relative: 1e-5 });
  });
});

describe("S3-Rec's pre-training loss", () => {
  const small = (options = {}) =>
    s3Rec(
      {
        items: 6,
        attributes: toyAttributes(6),
        windowLength: 4,
        dimensions: 8,
        blocks: 1,
        inner: 8,
        dropout: 0,
        maskRatio: 0.5,
        initialDeviation: 0.3,
        ...options,
      },
      Rng.key(5),
    );
  const loss = (model: ReturnType<typeof small>, batch = toyBatch()) =>
    model.pretrainLoss(batch, Rng.key(2)).dataSync()[0];

  test("is the weighted sum of the four, on views that the key draws", () => {
    const only = (name: keyof typeof S3REC_DEFAULTS.objectives) => {
      const none = { associatedAttributes: 0, maskedItem: 0, maskedAttributes: 0, segment: 0 };
      return loss(small({ objectives: { ...none, [name]: 1 } }));
    };
    const { objectives } = S3REC_DEFAULTS;
    const names = Object.keys(objectives) as (keyof typeof objectives)[];
    const sum = names.reduce((total, name) => total + objectives[name] * only(name), 0);
    expect(loss(small())).toBeCloseTo(sum, 4);
    const { masked } = pretrainingViews(toyBatch(), { items: 6, maskRatio: 0.5 }, keyStream(Rng.key(2)));
    expect([...masked.dataSync()]).toContain(M);
  });

  test("looks at the histories alone, and at rows that count", () => {
    const model = small();
    const batch = toyBatch();
    expect(loss(model, { ...batch, targets: tf.tensor1d([2, 3, 4], "int32") })).toBe(loss(model));
    const firstOnly = (items: tf.Tensor2D) =>
      loss(model, { ...batch, items, weights: tf.tensor1d([1, 0, 0]) });
    const other = ids([
      [3, 1, 5, 2],
      [5, 5, 0, 0],
      [1, 0, 0, 0],
    ]);
    expect(firstOnly(other)).toBeCloseTo(firstOnly(batch.items), 5);
  });

  test("gradients against central differences", () => {
    const model = small();
    checkParameterGradients(model.parameters, () => model.pretrainLoss(toyBatch(), Rng.key(2)));
  });

  test("is the same compiled", () => {
    const model = small({ dropout: 0.2 });
    const traced = compile((key: tf.Tensor1D) => model.pretrainLoss(toyBatch(), key), { xla: false });
    assertClose(traced(Rng.key(2)), model.pretrainLoss(toyBatch(), Rng.key(2)), { relative: 1e-4 });
    traced.dispose();
  });
});
