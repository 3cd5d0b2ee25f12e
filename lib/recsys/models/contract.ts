import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { keyStream } from "../../nn";
import { adam } from "../../optim";
import { compile, tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { assertClose, sampleData } from "../../tensor/testing";
import type { SequentialModel, TrainingBatch } from "./sequentialModel";
import { checkParameterGradients, toyBatch } from "./testing";

/** The sizes a model is built with for the contract. */
export interface ContractSizes {
  /** V. */
  readonly items: number;
  readonly users: number;
  /** L. */
  readonly windowLength: number;
  readonly dropout: number;
  readonly batches: "prefix" | "position";
}

export interface ContractOptions {
  /** A model of width 8 or so, its initial weights large enough (0.3) for every path to matter. */
  make(sizes: ContractSizes): SequentialModel;
  /** What it trains on; the first is its default. */
  readonly batches: readonly ("prefix" | "position")[];
  /** Histories may stand in wider windows than they fill, and nothing changes. Default true. */
  readonly ignoresPadding?: boolean;
  /** The window may be narrower than the one the model was built for. Default true. */
  readonly anyWindow?: boolean;
  /** Has dropout, or another use for the key of `encode`. Default true. */
  readonly dropout?: boolean;
  /** Where the training objective has a kink or draws from the key: what is differentiated in its place. */
  readonly gradientLoss?: (model: SequentialModel, batch: TrainingBatch) => tf.Scalar;
  /** Paths of parameters that a toy batch may not reach. Default none. */
  readonly unreached?: RegExp;
  /** Steps in which 32 users' targets are learnt by heart. Default 200. */
  readonly overfitSteps?: number;
  /** Adam's, in those steps. Default 0.02. */
  readonly overfitRate?: number;
}

const SMALL = { items: 6, users: 3, windowLength: 8, dropout: 0 } as const;

/**
 * What every recommender of this library does, as tests: shapes, padding, causality, weights, dropout, gradients, memory, learning.
 * Called from the model's own test file.
 */
export function testSequentialModel(name: string, options: ContractOptions): void {
  const { make, batches, ignoresPadding = true, anyWindow = true, unreached } = options;
  const { overfitSteps = 200, overfitRate = 0.02 } = options;
  const small = (sizes: Partial<ContractSizes> = {}) => make({ ...SMALL, batches: batches[0], ...sizes });
  const smallBatch = (kind: "prefix" | "position" = batches[0]) =>
    kind === "prefix" ? widened(toyBatch(), 8) : positionTargets(widened(toyBatch(), 8));

  describe(`${name} as a sequential model`, () => {
    beforeEach(() => tf.engine().startScope());
    afterEach(() => tf.engine().endScope());

    test("scores every item of every row, the padding item -∞", () => {
      const model = small();
      const scores = model.score(smallBatch());
      expect(scores.shape).toEqual([3, 7]);
      const values = scores.arraySync();
      for (const [padding, ...items] of values) {
        expect(padding).toBe(Number.NEGATIVE_INFINITY);
        expect(items.every(Number.isFinite)).toBe(true);
      }
      expect(model.encode(smallBatch()).shape[0]).toBe(3);
    });

    test("scores a row alone as it does in company", () => {
      const model = small();
      const batch = smallBatch();
      const together = model.score(batch).slice([0, 1], [3, 6]);
      const alone = [0, 1, 2].map((row) => model.score(rowOf(batch, row)).slice([0, 1], [1, 6]));
      assertClose(tf.concat(alone), together, { absolute: 1e-5 });
    });

    test.runIf(ignoresPadding && anyWindow)("padding on the right changes nothing", () => {
      const model = small();
      const [narrow, wide] = [4, 8].map((length) => widened(toyBatch(), length));
      assertClose(model.encode(wide), model.encode(narrow), { absolute: 1e-5 });
    });

    test.runIf(batches.includes("position"))("no position sees what comes after it", () => {
      const model = small({ batches: "position" });
      const batch = smallBatch("prefix");
      const before = model.encodeAll!(batch);
      const changed = { ...batch, items: tf.tensor2d(changeItem(batch.items, 0, 2), [3, 8], "int32") };
      const after = model.encodeAll!(changed);
      const d = before.shape[2];
      assertClose(after.slice([0, 0, 0], [1, 2, d]), before.slice([0, 0, 0], [1, 2, d]), { absolute: 1e-5 });
      for (const position of [2, 3]) {
        const difference = after.sub(before).slice([0, position, 0], [1, 1, d]).abs().max().dataSync()[0];
        expect(difference, `position ${position} must see item 2`).toBeGreaterThan(1e-4);
      }
      // and the last real position of each row is what `encode` reads
      const last = [3, 1, 0].map((position, row) =>
        before.slice([row, position, 0], [1, 1, d]).reshape([1, d]),
      );
      assertClose(tf.concat(last), model.encode(batch), { absolute: 1e-5 });
    });

    test("rows of weight 0 do not count", () => {
      const model = small();
      const batch = smallBatch();
      const firstOnly = { ...batch, weights: tf.tensor1d([1, 0, 0]) };
      const otherTargets = {
        ...firstOnly,
        targets: tf.tensor(otherRows(batch.targets), batch.targets.shape, "int32"),
      };
      const loss = (of: TrainingBatch) => model.loss(of, Rng.key(3)).dataSync()[0];
      expect(loss(otherTargets)).toBeCloseTo(loss(firstOnly), 6);
      expect(Math.abs(loss(firstOnly) - loss(batch))).toBeGreaterThan(1e-6);
    });

    test.runIf(options.dropout ?? true)("dropout depends on the key alone, and is off without one", () => {
      const model = small({ dropout: 0.3 });
      const draw = (seed: number) => [...model.encode(smallBatch(), keyStream(Rng.key(seed))).dataSync()];
      expect(draw(1)).toEqual(draw(1));
      expect(draw(1)).not.toEqual(draw(2));
      expect([...model.encode(smallBatch()).dataSync()]).not.toEqual(draw(1));
    });

    test.each(batches)("gradients of the loss on %s batches against central differences", (kind) => {
      const model = small({ batches: kind });
      const batch = smallBatch(kind);
      const loss = options.gradientLoss ?? ((of, on) => of.loss(on, Rng.key(1)));
      checkParameterGradients(model.parameters as object, () => loss(model, batch), { unreached });
    });

    test("a step leaks nothing, and is the same compiled", () => {
      const losses = [false, true].map((compiled) => {
        const model = small({ dropout: 0.2 });
        const batch = smallBatch();
        const optimizer = adam(model.parameters, { learningRate: 0.01 });
        const update = (key: tf.Tensor) => optimizer.step(() => model.loss(batch, key as tf.Tensor1D));
        const step = compiled ? compile(update, { xla: false }) : update;
        const run = (seed: number) => tf.tidy(() => step(Rng.key(seed)).dataSync()[0]);
        run(0);
        const before = tf.memory().numTensors;
        const last = [1, 2, 3].map(run).at(-1)!;
        expect(tf.memory().numTensors).toBe(before);
        return last;
      });
      expect(losses[1]).toBeCloseTo(losses[0], 4);
    });

    test.each(batches)(
      "learns the targets of 32 users by heart on %s batches",
      (kind) => {
        const [users, length] = [32, 6];
        const model = make({ items: users, users, windowLength: length, dropout: 0, batches: kind });
        const { batch, next } = rememberedBatch(users, length, kind);
        const optimizer = adam(model.parameters, { learningRate: overfitRate });
        const key = Rng.key(3);
        const step = compile(
          (index: tf.Scalar) => optimizer.step(() => model.loss(batch, Rng.foldIn(key, index))),
          { xla: false },
        );
        for (let index = 0; index < overfitSteps; index++)
          tf.tidy(() => step(tf.scalar(index, "int32"))).dispose();
        const best = tf.argMax(model.score(batch), 1).dataSync();
        expect(next.filter((item, user) => best[user] === item).length).toBeGreaterThanOrEqual(30);
        step.dispose();
      },
      120_000,
    );
  });
}

/** The same histories in windows of `length`. */
function widened(batch: TrainingBatch, length: number): TrainingBatch {
  const [rows, width] = batch.items.shape;
  const gaps = sampleData([rows, width + 1], 5, 0.1, 3);
  const lengths = batch.lengths.dataSync();
  const real = gaps.map((gap, i) => {
    const [row, column] = [Math.floor(i / (width + 1)), i % (width + 1)];
    return column === 0 || column > lengths[row] ? 0 : gap;
  });
  const pad = (x: tf.Tensor2D, columns: number) =>
    tf.pad2d(x, [
      [0, 0],
      [0, columns],
    ]);
  return {
    ...batch,
    items: pad(batch.items, length - width),
    gaps: pad(tf.tensor2d(real, [rows, width + 1]), length - width),
  };
}

/** Targets at every position: the next item of the history, and at its end the batch's own target. */
function positionTargets(batch: TrainingBatch): TrainingBatch {
  const [rows, length] = batch.items.shape;
  const [items, lengths, last] = [
    batch.items.arraySync(),
    batch.lengths.dataSync(),
    batch.targets.dataSync(),
  ];
  const targets = items.map((row, r) =>
    row.map((_, i) => (i === lengths[r] - 1 ? last[r] : (row[i + 1] ?? 0))),
  );
  return { ...batch, targets: tf.tensor2d(targets, [rows, length], "int32") };
}

function rowOf(batch: TrainingBatch, row: number): TrainingBatch {
  const one = <T extends tf.Tensor>(x: T) => x.slice(row, 1) as T;
  const { items, gaps, lengths, targets, users, weights } = batch;
  return {
    items: one(items),
    gaps: one(gaps),
    lengths: one(lengths),
    targets: one(targets),
    users: one(users),
    weights: one(weights),
  };
}

function changeItem(items: tf.Tensor2D, row: number, column: number): number[][] {
  const changed = items.arraySync();
  changed[row][column] = (changed[row][column] % 6) + 1;
  return changed;
}

/** The targets with those of all rows but the first changed. */
function otherRows(targets: tf.Tensor): number[] {
  const perRow = targets.size / targets.shape[0]!;
  return [...targets.dataSync()].map((item, i) => (i < perRow || item === 0 ? item : (item % 6) + 1));
}

/** Histories whose first item names the user, so that every later item and the target can be known. */
function rememberedBatch(users: number, length: number, kind: "prefix" | "position") {
  const histories = Array.from({ length: users }, (_, user) =>
    Array.from({ length: length + 1 }, (_, i) => 1 + ((user * (2 * i + 1) + 11 * i) % users)),
  );
  const inputs = histories.map((row) => row.slice(0, length));
  const next = histories.map((row) => row[length]);
  const targets =
    kind === "prefix"
      ? tf.tensor1d(next, "int32")
      : tf.tensor2d(
          histories.map((row) => row.slice(1)),
          [users, length],
          "int32",
        );
  const batch: TrainingBatch = {
    items: tf.tensor2d(inputs, [users, length], "int32"),
    gaps: tf.tensor2d(inputs.map((row) => [0, ...row.map((_, i) => 0.5 + (i % 3))])),
    lengths: tf.fill([users], length, "int32") as tf.Tensor1D,
    targets,
    users: tf.range(0, users, 1, "int32"),
    weights: tf.ones([users]),
  };
  return { batch, next };
}
