import * as tf from "@tensorflow/tfjs";
import { sizeOf } from "./custom";

/**
 * The gradients of sum, mean and tile. tfjs multiplies by a tensor of ones that it fills in JavaScript, of the size of the
 * input, and sums a tiled gradient slice by slice; these spread with one Tile, and gather with one Sum.
 */
export const sumGradient: tf.GradConfig = {
  kernelName: "Sum",
  inputsToSave: ["x"],
  gradFunc: (dy, saved, attributes) => {
    const [x] = saved as [tf.Tensor];
    return { x: () => spread(dy as tf.Tensor, x.shape, axesOf(attributes, x.shape)) };
  },
};

export const meanGradient: tf.GradConfig = {
  kernelName: "Mean",
  inputsToSave: ["x"],
  gradFunc: (dy, saved, attributes) => {
    const [x] = saved as [tf.Tensor];
    const axes = axesOf(attributes, x.shape);
    const count = sizeOf(axes.map((axis) => x.shape[axis]));
    return { x: () => spread(tf.div(dy as tf.Tensor, Math.max(1, count)), x.shape, axes) };
  },
};

export const tileGradient: tf.GradConfig = {
  kernelName: "Tile",
  inputsToSave: ["x"],
  gradFunc: (dy, saved, attributes) => {
    const [x] = saved as [tf.Tensor];
    const { reps } = attributes as { reps: number[] };
    return {
      x: () => {
        // [r_0 * n_0, r_1 * n_1, ..] as [r_0, n_0, r_1, n_1, ..], an axis of one left out, summed over every r.
        const shape: number[] = [];
        const copies: number[] = [];
        reps.forEach((count, axis) => {
          if (count > 1) copies.push(shape.push(count) - 1);
          shape.push(x.shape[axis]);
        });
        if (copies.length === 0) return tf.clone(dy as tf.Tensor);
        return tf.reshape(tf.sum(tf.reshape(dy as tf.Tensor, shape), copies), x.shape);
      },
    };
  },
};

/** Repeats a reduced gradient along the axes that were reduced. */
function spread(dy: tf.Tensor, shape: readonly number[], axes: readonly number[]): tf.Tensor {
  const reps = shape.map((size, axis) => (axes.includes(axis) ? size : 1));
  const kept = tf.reshape(
    dy,
    shape.map((size, axis) => (axes.includes(axis) ? 1 : size)),
  );
  return reps.every((count) => count === 1) ? kept : tf.tile(kept, reps);
}

function axesOf(attributes: tf.NamedAttrMap, shape: number[]): number[] {
  return tf.util.parseAxisParam(attributes["axis"] as number | number[], shape);
}
