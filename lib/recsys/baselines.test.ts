import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { interactionsBuilder } from "../data/interactions";
import { tf } from "../tensor";
import * as Rng from "../tensor/rng";
import { disposeTree } from "../tensor/tree";
import { BASELINE_NAMES, BASELINES, type Baseline, type BaselineName, buildBaseline } from "./baselines";
import { batchTensors, positionBatch, prefixBatch } from "./batches";
import type { SequentialModel } from "./models/sequentialModel";
import { fillWithWaves } from "./models/testing";
import { buildSequences } from "./sequences";
import { trainingPrefixes, trainingWindows } from "./split";

const WINDOW = 4;
const ITEMS = 9;
const USERS = 2;

/** A few users' walks over the items, an event every `gap(k)` days. */
function walks(gap?: (k: number) => number) {
  const builder = interactionsBuilder();
  for (let user = 0; user < USERS; user++) {
    let day = 0;
    for (let k = 0; k < 6; k++) {
      day += gap?.(k) ?? 0;
      builder.add(`u${user}`, `i${(user + k * (user + 1)) % ITEMS}`, 5, gap && day * 86_400);
    }
  }
  const log = builder.build();
  return buildSequences(
    log,
    Int32Array.from(log.users, (_, row) => row),
  );
}

const untimed = walks();
const attributes = {
  names: ["odd", "even"],
  matrix: Float32Array.from({ length: (untimed.items + 1) * 2 }, (_, k) =>
    k < 2 ? 0 : ((k >> 1) + k + 1) % 2,
  ),
};
const readsTimes = (name: BaselineName) => (BASELINES[name] as Baseline).readsTimes ?? false;

let key: tf.Tensor1D;
beforeAll(() => {
  key = Rng.key(7);
});
afterAll(() => key.dispose());

function withModel<T>(name: BaselineName, timed: boolean, act: (model: SequentialModel) => T): T {
  const { items, users } = untimed;
  const sizes = {
    items,
    users,
    windowLength: WINDOW,
    dimensions: 16,
    batches: "position",
    attributes,
  } as const;
  const model = buildBaseline(name, { ...sizes, timed }, key);
  try {
    return act(model);
  } finally {
    disposeTree(model.parameters as object);
  }
}

/** The scores of a batch whose gaps are those of `data`. */
function scores(model: SequentialModel, data: typeof untimed): Float32Array {
  return tf.tidy(() => {
    const { targets, ...input } = batchTensors(prefixBatch(data, trainingPrefixes(data), WINDOW));
    return model.score(input).dataSync<"float32">();
  });
}

function lossOf(model: SequentialModel, data: typeof untimed): number {
  return tf.tidy(() => {
    const batch =
      model.batches === "position"
        ? positionBatch(data, trainingWindows(data, WINDOW), WINDOW)
        : prefixBatch(data, trainingPrefixes(data), WINDOW);
    return model.loss({ ...batchTensors(batch), weights: tf.ones([batch.size]) }, key).dataSync()[0];
  });
}

describe("a data set without timestamps", () => {
  test.each(BASELINE_NAMES.filter(readsTimes))("is none for %s", (name) => {
    expect(() => withModel(name, false, () => {})).toThrow(
      `${name} reads the times of events, and the data set has no timestamps.`,
    );
  });

  test.each(BASELINE_NAMES.filter((name) => !readsTimes(name)))("does not disturb %s", (name) => {
    withModel(name, false, (model) => {
      expect(scores(model, untimed)).toEqual(
        scores(
          model,
          walks((k) => 1 + k),
        ),
      );
      expect(lossOf(model, untimed)).toBeGreaterThan(0);
    });
  });
});

it("says rightly which models read times", () => {
  const slowing = walks((k) => 1 + k * k);
  const quickening = walks((k) => 100 - k * k);
  const reading = BASELINE_NAMES.filter((name) =>
    withModel(name, true, (model) => {
      tf.tidy(() => fillWithWaves(model)); // the weights of fresh models are so small that gaps hardly matter
      const before = scores(model, slowing);
      return scores(model, quickening).some((score, k) => score !== before[k]);
    }),
  );
  expect(reading).toEqual(BASELINE_NAMES.filter(readsTimes));
});

it("asks for attributes where a model reads them", () => {
  const sizes = {
    items: ITEMS,
    users: USERS,
    windowLength: WINDOW,
    dimensions: 16,
    batches: "prefix",
  } as const;
  expect(() => buildBaseline("FDSA", sizes, key)).toThrow(/reads item attributes, and the data set has none/);
});
