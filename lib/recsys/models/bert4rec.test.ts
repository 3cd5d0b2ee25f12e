import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { assertClose } from "../../tensor/testing";
import { countParameters } from "../../tensor/tree";
import { bert4Rec, maskItems, type Sequences } from "./bert4rec";
import { testSequentialModel } from "./contract";
import { fillWithWaves, toyBatch, variableAt } from "./testing";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const TOY = { items: 6, windowLength: 4, dimensions: 4, heads: 2, inner: 6, dropout: 0, maskRatio: 0.5 };
const MASK = 7;

/** The toy batch with its targets at the end: the first history fills the window and loses its oldest item. */
function toySequences(): Sequences {
  const items = tf.tensor2d([1, 5, 2, 6, 4, 6, 1, 0, 2, 3, 0, 0], [3, 4], "int32");
  return { items, lengths: tf.tensor1d([4, 3, 2], "int32") };
}

/** The masks that `loss` draws with this key. */
const drawnMasks = (lastItemRatio: number, seed: number) =>
  maskItems(toySequences(), { ...TOY, lastItemRatio }, Rng.split(Rng.key(seed), 2)[0]);

describe("BERT4Rec against RecBole", () => {
  const model = (lastItemRatio: number) => {
    const built = bert4Rec({ ...TOY, lastItemRatio }, Rng.key(1));
    fillWithWaves(built);
    return built;
  };
  const checkLoss = (
    built: ReturnType<typeof model>,
    seed: number,
    loss: number,
    gradients: Record<string, number[]>,
  ) => {
    assertClose(built.loss(toyBatch(), Rng.key(seed)), loss, { relative: 2e-6 });
    for (const [path, expected] of Object.entries(gradients)) {
      const variable = variableAt(built, path);
      const { grads } = tf.variableGrads(() => built.loss(toyBatch(), Rng.key(seed)), [variable]);
      assertClose(grads[variable.name].flatten(), expected, { absolute: 2e-5 }, path);
    }
  };

  // Of the sequences 1 5 2 [MASK], 4 6 [MASK] and 2 [MASK].
  test("forward and scores", () => {
    const built = model(0);
    assertClose(
      built.encode(toyBatch()).flatten(),
      [
        3.562997, -1.20055, -0.625792, 0.487755, 3.540646, -1.220419, -0.630295, 0.545727, 3.579292,
        -1.181097, -0.622144, 0.438607,
      ],
      { absolute: 1e-5 },
    );
    assertClose(
      built.score(toyBatch()).slice([0, 1], [3, 6]).flatten(),
      [
        2.769478, 4.080253, 3.677327, 0.949649, -1.026622, -1.628066, 2.771532, 4.110685, 3.728188, 1.007653,
        -0.976625, -1.599136, 2.765591, 4.051489, 3.6312, 0.898207, -1.069941, -1.651949,
      ],
      { absolute: 2e-5 },
    );
  });

  // A row with more masks than count, one whose first item is masked, one with a single mask.
  test("loss and its gradients at drawn masks", () => {
    const { items, places } = drawnMasks(0, 2);
    expect(items.arraySync()).toEqual([
      [MASK, MASK, MASK, MASK],
      [MASK, 6, MASK, 0],
      [2, MASK, 0, 0],
    ]);
    expect(places.arraySync()).toEqual([
      [3, 2],
      [2, 0],
      [1, -1],
    ]);
    checkLoss(model(0), 2, 2.637338886, {
      "items.table": [
        0.256453, -0.087923, -0.045528, 0.03853, -0.44897, 0.158462, 0.081034, -0.077295, 0.768728, -0.252396,
        -0.138793, 0.099882, 0.223905, -0.088953, -0.043267, 0.059889, 0.073605, -0.025284, -0.013081,
        0.011163, 0.010137, -0.003482, -0.001801, 0.001536, -0.876914, 0.305503, 0.15716, -0.1423, -0.002332,
        0.001914, -0.006131, 0.006548,
      ],
      itemBias: [0.072352, -0.127651, 0.214352, 0.065768, 0.020776, 0.002861, -0.248458],
      "blocks.1.attention.query.weight": [
        0.000221, 0.000299, 0.000364, 0.000272, -0.001716, -0.002328, -0.002836, -0.00212, 0.00043, 0.000583,
        0.00071, 0.000531, 0.000125, 0.00017, 0.000207, 0.000154,
      ],
      "output.weight": [
        0.004456, 0.022467, 0.002765, -0.017988, 0.000303, 0.001543, 0.000304, -0.000723, 0.02058, 0.10283,
        0.010176, -0.093594, -0.017077, -0.085805, -0.010028, 0.071143,
      ],
    });
  });

  test("loss and its gradients where the last items alone are masked", () => {
    checkLoss(model(1), 1, 3.256805814, {
      "items.table": [
        0.269191, -0.090696, -0.047308, 0.036944, -0.735627, 0.256282, 0.131907, -0.119644, 1.662164,
        -0.549477, -0.296263, 0.216265, -0.08722, 0.020712, 0.012919, 0.006418, 0.066211, -0.025622,
        -0.009114, 0.013733, 0.010262, -0.003501, -0.001725, 0.001228, -1.180547, 0.397285, 0.208172,
        -0.16295, -0.002004, 0.002789, -0.005677, 0.004892,
      ],
      "output.weight": [
        0.009962, 0.037103, 0.003455, -0.03969, 0.000942, 0.003575, 0.000429, -0.00343, 0.04013, 0.146198,
        0.01153, -0.165593, -0.036917, -0.136566, -0.012264, 0.148162,
      ],
    });
  });

  test("has RecBole's number of parameters at its default sizes", () => {
    const { parameters } = bert4Rec({ items: 1016, windowLength: 50 }, Rng.key(1));
    expect(countParameters(parameters)).toBe(173_753);
  });
});

test("a masked item is predicted from what comes after it, too", () => {
  const model = bert4Rec({ ...TOY, lastItemRatio: 0, initialDeviation: 0.5 }, Rng.key(1));
  const { items, places } = drawnMasks(0, 9);
  expect(items.arraySync()[0]).toEqual([1, MASK, 2, 6]);
  expect(places.arraySync()[0]).toEqual([1, -1]);
  const loss = (last: number) => {
    const firstOnly = { targets: tf.tensor1d([last, 1, 3], "int32"), weights: tf.tensor1d([1, 0, 0]) };
    return model.loss({ ...toyBatch(), ...firstOnly }, Rng.key(9)).dataSync()[0];
  };
  expect(Math.abs(loss(6) - loss(4))).toBeGreaterThan(1e-3);
});

describe("masks", () => {
  const [rows, length, mask] = [200, 50, 1017];
  const options = { items: 1016, windowLength: length, maskRatio: 0.2 };
  /** Lengths 1 to 50 in turn. */
  const sequences = (): Sequences => {
    const lengths = Array.from({ length: rows }, (_, row) => 1 + (row % length));
    const items = lengths.map((n) => Array.from({ length }, (_, i) => (i < n ? 1 + i : 0)));
    return { items: tf.tensor2d(items, [rows, length], "int32"), lengths: tf.tensor1d(lengths, "int32") };
  };

  test("a fifth of the items, no padding; a row's last ten count", () => {
    const original = sequences();
    const drawn = maskItems(original, { ...options, lastItemRatio: 0 }, Rng.key(3));
    const before = original.items.arraySync();
    const [after, places] = [drawn.items.arraySync(), drawn.places.arraySync()];
    let [masked, items] = [0, 0];
    after.forEach((row, r) => {
      const at = row.flatMap((item, i) => (item === mask ? [i] : []));
      masked += at.length;
      items += 1 + (r % length);
      expect(at.every((i) => i <= r % length)).toBe(true);
      expect(row.every((item, i) => item === mask || item === before[r][i])).toBe(true);
      const counted = at.reverse().slice(0, 10);
      expect(places[r]).toEqual([...counted, ...Array<number>(10 - counted.length).fill(-1)]);
    });
    // 5,100 items: a standard deviation of the share is 0.0056
    expect(Math.abs(masked / items - 0.2)).toBeLessThan(0.02);
  });

  test("in half of the batches the last item of each row and no other", () => {
    const { items, lengths } = sequences();
    const ends = lengths.sub<tf.Tensor1D>(tf.scalar(1, "int32")).arraySync();
    const isLastAlone = Array.from({ length: 100 }, (_, seed) => {
      const { places } = maskItems({ items, lengths }, { ...options, lastItemRatio: 0.5 }, Rng.key(seed));
      return places.arraySync().every(([first, second], row) => first === ends[row] && second === -1);
    });
    expect(isLastAlone.filter(Boolean).length).toBeGreaterThan(35);
    expect(isLastAlone.filter(Boolean).length).toBeLessThan(65);
  });
});

test("refuses a history longer than its position table, and a stack of none", () => {
  const short = bert4Rec({ ...TOY, windowLength: 3 }, Rng.key(1));
  expect(() => short.encode(toyBatch())).toThrow("histories of 4 items, but the position table holds 3");
  expect(() => bert4Rec({ ...TOY, blocks: 0 }, Rng.key(1))).toThrow("at least one block");
});

testSequentialModel("BERT4Rec", {
  make: ({ items, windowLength, dropout }) =>
    bert4Rec({ items, windowLength, dimensions: 12, inner: 24, dropout, initialDeviation: 0.3 }, Rng.key(5)),
  batches: ["prefix"],
  // It learns the masked items of every position at once, and half of the steps are about the last ones.
  overfitSteps: 500,
  overfitRate: 0.005,
});
