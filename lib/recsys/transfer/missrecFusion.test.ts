import { afterEach, beforeEach, test } from "vitest";
import { tf } from "../../tensor";
import { assertClose, checkGradients, sampleTensor } from "../../tensor/testing";
import { fusedCosines } from "./missrecFusion";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

/** One history along the first axis; its cosines with the candidates' texts are .8 and 0, with their pictures .6 and 1. */
const history = () => tf.tensor2d([[2, 0]]);
const candidates = (hasImage = [1, 1]) => ({
  text: tf.tensor2d([
    [4, 3],
    [0, 5],
  ]),
  image: tf.tensor2d([
    [3, 4],
    [7, 0],
  ]),
  hasImage: tf.tensor1d(hasImage),
});
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

test("a factor of 0 gives the mean, another the softmax over text and picture", () => {
  assertClose(fusedCosines(history(), candidates(), 0), [[0.7, 0.5]]);
  const mixed = [0.8 * sigmoid(0.4) + 0.6 * sigmoid(-0.4), sigmoid(2)];
  assertClose(fusedCosines(history(), candidates(), 2), [mixed]);
  assertClose(fusedCosines(history(), candidates(), tf.scalar(2)), [mixed]);
});

test("every item may have a factor of its own", () => {
  const fused = fusedCosines(history(), candidates(), tf.tensor1d([2, -1]));
  assertClose(fused, [[0.8 * sigmoid(0.4) + 0.6 * sigmoid(-0.4), sigmoid(-1)]]);
});

test("without a picture the text counts alone", () => {
  assertClose(fusedCosines(history(), candidates([0, 1]), 2), [[0.8, sigmoid(2)]]);
});

test("embeddings of the items' own count a third", () => {
  const own = tf.tensor2d([
    [-1, 0],
    [0, 2],
  ]);
  assertClose(fusedCosines(history(), { ...candidates(), own }, 0), [[(-1 + 1.4) / 3, 1 / 3]]);
});

test("its gradients", () => {
  const hasImage = tf.tensor1d([1, 0]);
  checkGradients(
    (histories, text, image, own, factor) =>
      fusedCosines(
        histories as tf.Tensor2D,
        { text: text as tf.Tensor2D, image: image as tf.Tensor2D, hasImage, own: own as tf.Tensor2D },
        factor,
      ),
    [[1, 2], [2, 2], [2, 2], [2, 2], [2]].map((shape, k) => sampleTensor(shape, k + 1)),
  );
});
