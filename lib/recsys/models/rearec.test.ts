import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { assertClose } from "../../tensor/testing";
import { countParameters } from "../../tensor/tree";
import { testSequentialModel } from "./contract";
import { REAREC_ERL_DEFAULTS, reaRecErl, reaRecPrl } from "./rearec";
import { reasoningStates } from "./rearecReasoning";
import { sasRec } from "./sasrec";
import { itemLogits, nextItemLoss, type TrainingBatch } from "./sequentialModel";
import { fillWithWaves, gradientOf, toyBatch, variableAt } from "./testing";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const TINY = { items: 6, windowLength: 4, dimensions: 4, heads: 2, inner: 6, dropout: 0, temperature: 0.5 };
const COMPLETE = { ...REAREC_ERL_DEFAULTS, ...TINY };

function withWaves<M extends ReturnType<typeof reaRecErl>>(built: M): M {
  fillWithWaves(built);
  return built;
}

// The expected numbers are those of the equations in PyTorch, float64: every row alone, without padding, and the whole sequence again
// for every reasoning token.
describe("ReaRec against the equations", () => {
  const erl = () => withWaves(reaRecErl(TINY, Rng.key(1)));
  const prl = (options = {}) => withWaves(reaRecPrl({ ...TINY, ...options }, Rng.key(1)));

  test("the states of the last item and of two reasoning tokens", () => {
    const states = reasoningStates(erl().parameters, COMPLETE, toyBatch());
    expect(states.shape).toEqual([3, 3, 4]);
    assertClose(
      states.flatten(),
      [
        -0.44919, -0.05654, -1.51453, 1.60227, -0.45324, -0.05736, -1.51035, 1.61137, -0.44554, -0.05472,
        -1.52074, 1.59146, -0.4495, -0.05638, -1.51473, 1.60244, -0.44827, -0.05557, -1.51729, 1.59833,
        -0.44193, -0.05344, -1.52563, 1.58194, -0.38147, -0.03706, -1.58906, 1.42768, -0.45922, -0.05976,
        -1.5013, 1.62747, -0.45872, -0.05907, -1.50322, 1.625,
      ],
      { absolute: 3e-5 },
    );
  });

  test("ERL: loss and its gradients", () => {
    assertClose(erl().loss(toyBatch(), Rng.key(1)), 2.7614455388, { relative: 1e-5 });
    const plain = withWaves(reaRecErl({ ...TINY, divergenceWeight: 0 }, Rng.key(1)));
    assertClose(plain.loss(toyBatch(), Rng.key(1)), 2.7616466165, { relative: 1e-5 });
    assertClose(
      gradientOf(erl(), "items.table").flatten(),
      [
        -0.0443, -0.00544, -0.15219, 0.15852, 0.12399, 0.00842, 0.46449, -0.47053, -0.25845, -0.05028,
        -1.05353, 1.06375, 0.03249, 9e-5, 0.15682, -0.13279, -0.08745, -0.00961, -0.33818, 0.34056, -0.01892,
        -0.00464, -0.07429, 0.07638, 0.28144, 0.04757, 0.9833, -1.0372,
      ],
      { absolute: 5e-5 },
    );
    assertClose(
      gradientOf(erl(), "reasoning.table").flatten(),
      [0.00163, 0.00659, -0.00164, -0.00658, 0.00293, 0.00437, -0.00199, -0.00531],
      { absolute: 3e-5 },
    );
  });

  test("PRL: loss and its gradients, without and with a contrast", () => {
    const withoutContrast = prl({ contrastWeight: 0 });
    assertClose(withoutContrast.loss(toyBatch(), Rng.key(1)), 6.7107882024, { relative: 1e-5 });
    // a noise so small that both passes give the same states
    assertClose(prl({ noise: 1e-9 }).loss(toyBatch(), Rng.key(1)), 8.907553327, { relative: 1e-5 });
    assertClose(
      gradientOf(withoutContrast, "items.table").slice([1, 0], [2, 4]).flatten(),
      [0.16428, 0.01629, 0.6018, -0.6057, -0.34323, -0.05112, -1.16698, 1.23596],
      { absolute: 5e-5 },
    );
    assertClose(
      gradientOf(withoutContrast, "reasoning.table").flatten(),
      [0.00067, 0.00351, -0.00073, -0.00345, 0.00846, 0.01248, -0.00574, -0.0152],
      { absolute: 3e-5 },
    );
    const plain = prl({ contrastWeight: 0, progressiveWeight: 0 });
    assertClose(plain.loss(toyBatch(), Rng.key(1)), 2.7457324842, { relative: 1e-5 });
  });
});

describe("reasoning", () => {
  test("no item and no earlier token sees a token", () => {
    const { parameters } = withWaves(reaRecErl(TINY, Rng.key(1)));
    const states = () => reasoningStates(parameters, COMPLETE, toyBatch());
    const before = states();
    const table = variableAt({ parameters } as never, "reasoning.table");
    table.assign(table.add([[0], [1]]).mul([[1], [2]]) as tf.Tensor2D); // the second token alone
    const after = states();
    assertClose(after.slice([0, 0, 0], [3, 2, 4]), before.slice([0, 0, 0], [3, 2, 4]));
    expect(after.sub(before).slice([0, 2, 0]).abs().max().dataSync()[0]).toBeGreaterThan(1e-3);
  });

  test("a token sees the tokens before it, not their inputs alone", () => {
    const { parameters } = withWaves(reaRecErl(TINY, Rng.key(1)));
    let step = 0;
    // The first token is another, but what is fed after it is the same: only attention can tell.
    const second = (first: number) => {
      step = 0;
      const feed = (state: tf.Tensor) =>
        step++ === 0 ? state.add(tf.tensor1d([first, 0, 0, 0])) : tf.zerosLike(state);
      return reasoningStates(parameters, COMPLETE, toyBatch(), undefined, feed).slice([0, 2, 0]);
    };
    expect(second(3).sub(second(0)).abs().max().dataSync()[0]).toBeGreaterThan(1e-4);
  });

  test("the user vector is the mean of all states, or the last of them", () => {
    const erl = withWaves(reaRecErl(TINY, Rng.key(1)));
    const prl = withWaves(reaRecPrl(TINY, Rng.key(1)));
    const states = reasoningStates(erl.parameters, COMPLETE, toyBatch());
    assertClose(erl.encode(toyBatch()), states.mean(1));
    assertClose(prl.encode(toyBatch()), states.slice([0, 2, 0]).reshape([3, 4]));
  });

  test.each([
    ["ERL", reaRecErl],
    ["PRL", reaRecPrl],
  ])("without steps, %s is the encoder alone", (_, make) => {
    const none = withWaves(make({ ...TINY, reasoningSteps: 0, temperature: 1 }, Rng.key(1)));
    const plain = sasRec(TINY, Rng.key(1));
    fillWithWaves(plain);
    expect(countParameters(none.parameters)).toBe(countParameters(plain.parameters));
    assertClose(none.encode(toyBatch()), plain.encode(toyBatch()));
    const [key, batch] = [Rng.key(1), toyBatch()];
    assertClose(none.loss(batch, key), plain.loss(batch, key));
  });

  test("what is no number of steps is refused", () => {
    expect(() => reaRecErl({ ...TINY, reasoningSteps: -1 }, Rng.key(1))).toThrow("-1 reasoning steps");
    expect(() => reaRecPrl({ ...TINY, reasoningSteps: 1.5 }, Rng.key(1))).toThrow("1.5 reasoning steps");
  });
});

describe("the noised pass of PRL", () => {
  const loss = (noise: number, seed = 2) =>
    withWaves(reaRecPrl({ ...TINY, noise }, Rng.key(1)))
      .loss(toyBatch(), Rng.key(seed))
      .dataSync()[0];

  test("depends on the noise, which the key decides", () => {
    expect(loss(0.5)).toBe(loss(0.5));
    expect(Math.abs(loss(0.5) - loss(1e-9))).toBeGreaterThan(1e-4);
    expect(Math.abs(loss(0.5) - loss(0.5, 3))).toBeGreaterThan(1e-5);
  });
});

const sizes = { dimensions: 8, inner: 16, initialDeviation: 0.3, temperature: 0.5 };

testSequentialModel("ReaRec-ERL", {
  make: ({ items, windowLength, dropout }) =>
    reaRecErl({ items, windowLength, dropout, ...sizes }, Rng.key(5)),
  batches: ["prefix"],
  // The divergence holds half of itself still for its gradient; rearecLosses.test.ts checks it.
  gradientLoss: (model, batch: TrainingBatch) => {
    const { items } = model.parameters as ReturnType<typeof reaRecErl>["parameters"];
    const logits = itemLogits(model.encode(batch), items.table).div<tf.Tensor2D>(0.5);
    return nextItemLoss(logits, batch.targets as tf.Tensor1D, batch.weights);
  },
});

testSequentialModel("ReaRec-PRL", {
  make: ({ items, windowLength, dropout }) =>
    reaRecPrl({ items, windowLength, dropout, noise: 0.1, ...sizes }, Rng.key(5)),
  batches: ["prefix"],
});
