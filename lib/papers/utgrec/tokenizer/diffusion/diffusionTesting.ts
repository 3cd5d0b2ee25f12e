import { tf } from "../../../../tensor";
import * as Rng from "../../../../tensor/rng";
import { sampleTensor } from "../../../../tensor/testing";
import { flattenTree } from "../../../../tensor/tree";
import { type DiffusionHead, type DiffusionHeadOptions, diffusionHead } from "./diffusionHead";

/** A head away from its start: modulations, biases and the last layer are not 0, gains not 1. */
export function awakened(options: DiffusionHeadOptions): DiffusionHead {
  const head = diffusionHead(options, Rng.key(11));
  flattenTree<object>(head.weights).forEach(([, leaf], index) => {
    const variable = leaf as tf.Variable;
    tf.tidy(() => variable.assign(variable.add(sampleTensor(variable.shape, index + 1, -0.4, 0.4))));
  });
  return head;
}
