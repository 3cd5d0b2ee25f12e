import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { attention, attentionMask } from "../../nn";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { assertClose, checkGradients, sampleTensor } from "../../tensor/testing";
import { applyIntervalAttention, type RelationTables } from "./intervalAttention";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const [B, L, d, K, heads] = [2, 4, 6, 5, 2];

function tables(): RelationTables {
  return {
    positionKeys: sampleTensor([L, d], 11),
    positionValues: sampleTensor([L, d], 12),
    intervalKeys: sampleTensor([K, d], 13),
    intervalValues: sampleTensor([K, d], 14),
  };
}

const params = () => attention({ dimensions: d }, Rng.key(3));
const x = () => sampleTensor<tf.Tensor3D>([B, L, d], 1);
const intervals = () => Rng.randint<tf.Tensor3D>(Rng.key(4), [B, L, L], 0, K);
const valid = () => tf.tensor2d([1, 1, 1, 1, 1, 1, 1, 0], [B, L]);

/** By definition: the relations of every pair written out, [L, L, d], then loops. */
function reference(): number[][][] {
  const { query, key, value, output } = params();
  const rows = (layer: typeof query) =>
    tf.matMul(x().reshape([B * L, d]), layer.weight as unknown as tf.Tensor2D).add(layer.bias!);
  const [q, k, v] = [query, key, value].map((layer) =>
    rows(layer).reshape([B, L, d]).arraySync(),
  ) as number[][][][];
  const r = intervals().arraySync();
  const [pk, pv, rk, rv] = [
    tables().positionKeys,
    tables().positionValues,
    tables().intervalKeys,
    tables().intervalValues,
  ].map((table) => table.arraySync());
  const open = valid().arraySync();
  const mixed = Array.from({ length: B }, (_, b) => {
    const relationKeys = r[b].map((row) => row.map((interval) => rk[interval])); // [L, L, d]
    const relationValues = r[b].map((row) => row.map((interval) => rv[interval]));
    return Array.from({ length: L }, (_, i) =>
      Array.from({ length: d }, (_, channel) => {
        const size = d / heads;
        const first = Math.floor(channel / size) * size;
        const scores = Array.from({ length: L }, (_, j) => {
          if (j > i || open[b][j] === 0) return Number.NEGATIVE_INFINITY;
          let score = 0;
          for (let c = first; c < first + size; c++)
            score += (q[b][i][c] * (k[b][j][c] + pk[j][c] + relationKeys[i][j][c])) / Math.sqrt(size);
          return score;
        });
        const total = scores.reduce((sum, score) => sum + Math.exp(score), 0);
        return scores.reduce(
          (sum, score, j) =>
            sum +
            (Math.exp(score) / total) * (v[b][j][channel] + pv[j][channel] + relationValues[i][j][channel]),
          0,
        );
      }),
    );
  });
  const flat = tf.tensor2d(mixed.flat());
  return tf
    .matMul(flat, output.weight as unknown as tf.Tensor2D)
    .add(output.bias!)
    .reshape([B, L, d])
    .arraySync() as number[][][];
}

describe("interval attention", () => {
  const mask = () => attentionMask(valid(), { causal: true });

  test("equals attention over relations of every pair, written out", () => {
    const found = applyIntervalAttention(params(), tables(), x(), x(), intervals(), { heads, mask: mask() });
    assertClose(found, reference(), { absolute: 1e-5 });
  });

  test("one query gives that row of the full result", () => {
    const row = applyIntervalAttention(
      params(),
      tables(),
      x().slice([0, 3, 0], [B, 1, d]),
      x(),
      intervals().slice([0, 3, 0], [B, 1, L]),
      { heads, mask: attentionMask(valid(), { causal: false }) },
    );
    assertClose(row, tf.tensor3d(reference()).slice([0, 3, 0], [B, 1, d]), { absolute: 1e-5 });
  });

  test("gradients", () => {
    const fixed = params();
    checkGradients(
      (memory, positionKeys, positionValues, intervalKeys, intervalValues) =>
        applyIntervalAttention(
          fixed,
          { positionKeys, positionValues, intervalKeys, intervalValues } as RelationTables,
          memory as tf.Tensor3D,
          memory as tf.Tensor3D,
          intervals(),
          { heads, mask: mask() },
        ),
      [x(), ...Object.values(tables())],
    );
  });

  test("refuses heads that do not divide the width", () => {
    expect(() =>
      applyIntervalAttention(params(), tables(), x(), x(), intervals(), { heads: 4, mask: mask() }),
    ).toThrow("6 dimensions cannot be shared by 4 heads");
  });
});
