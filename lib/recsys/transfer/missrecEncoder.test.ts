import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { keyStream } from "../../nn";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { assertClose } from "../../tensor/testing";
import { flattenTree } from "../../tensor/tree";
import { encodeHistories, missRecWeights } from "./missrecEncoder";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const TINY = {
  ...{ contentWidth: 3, imageWidth: 2, windowLength: 4, dimensions: 4, blocks: 2, heads: 2, inner: 6 },
  ...{ dropout: 0, initialDeviation: 0.02, epsilon: 1e-12 },
};

const wave = (count: number, seed: number) =>
  Float32Array.from({ length: count }, (_, k) => 0.8 * Math.sin(1.7 * k + seed));

function weightsOfWaves() {
  const weights = missRecWeights(TINY, Rng.key(1));
  flattenTree(weights).forEach(([path, leaf], index) => {
    const variable = leaf as tf.Variable;
    const values = wave(variable.size, index + 1).map((value) => value + (path.endsWith("gain") ? 1 : 0));
    variable.assign(tf.tensor(values, variable.shape));
  });
  return weights;
}

// Items 3, 1 and 5, whose interests are 1, 2, 3 in some order and one of them twice; and item 4 alone, of interest 2.
const histories = (length = 3) => ({
  items: tf.tensor2d(
    [
      [3, 1, 5, 0],
      [4, 0, 0, 0],
    ].map((row) => row.slice(0, length)),
    [2, length],
    "int32",
  ),
  lengths: tf.tensor1d([3, 1], "int32"),
});
const vectors = () => tf.tensor3d(wave(24, 50), [2, 3, 4]);
const interests = () => tf.tensor2d([0, 0, 0, 0, ...wave(12, 60)], [4, 4]);
const ofItem = () => tf.tensor2d([0, 0, 2, 3, 0, 0, 1, 2, 2, 0, 3, 3], [6, 2], "int32");
// PyTorch 2.15, nn.Transformer in float64, every history alone and without padding
const EXPECTED = [
  [-0.41659, -0.66626, -0.17506, 0.00142],
  [-0.35869, -0.76276, -0.17157, 0.01186],
];

describe("the encoder of interests and the decoder of items", () => {
  const run = (options = TINY, keys?: Parameters<typeof encodeHistories>[6]) =>
    encodeHistories(weightsOfWaves(), options, histories(), vectors(), interests(), ofItem(), keys);

  test("are PyTorch's nn.Transformer", () => {
    const { states, penalty } = run();
    assertClose(states, EXPECTED, { absolute: 3e-5 });
    assertClose(penalty, [3.20324, 0.47205], { absolute: 5e-5 });
  });

  test("padding on the right changes nothing", () => {
    const longer = tf.pad3d(vectors(), [
      [0, 0],
      [0, 1],
      [0, 0],
    ]);
    const { states, penalty } = encodeHistories(
      weightsOfWaves(),
      TINY,
      histories(4),
      longer.add(0.3), // what stands at padding does not matter
      interests(),
      ofItem(),
    );
    const moved = encodeHistories(
      weightsOfWaves(),
      TINY,
      histories(),
      vectors().add(0.3),
      interests(),
      ofItem(),
    );
    assertClose(states, moved.states, { absolute: 1e-5 });
    assertClose(penalty, moved.penalty, { absolute: 1e-5 });
  });

  test("an interest that stands again counts once", () => {
    const twice = tf.tensor2d([0, 0, 2, 3, 0, 0, 1, 2, 2, 2, 3, 3], [6, 2], "int32");
    const { states, penalty } = encodeHistories(
      weightsOfWaves(),
      TINY,
      histories(),
      vectors(),
      interests(),
      twice,
    );
    assertClose(states, EXPECTED, { absolute: 3e-5 });
    assertClose(penalty, [3.20324, 0.47205], { absolute: 5e-5 });
  });

  test("dropout depends on the key alone, and is off without one", () => {
    const draw = (seed: number) =>
      run({ ...TINY, dropout: 0.4 }, keyStream(Rng.key(seed))).states.arraySync();
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
    assertClose(run({ ...TINY, dropout: 0.4 }).states, EXPECTED, { absolute: 3e-5 });
  });
});
