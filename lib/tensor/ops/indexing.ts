import * as tf from "@tensorflow/tfjs";
import { isNative, rawOp } from "../backend";
import { sizeOf, withGradient } from "./custom";

/**
 * Elements or slices of `x` at the given coordinates.
 * @param x        [n_1, .., n_r]
 * @param indices  [.., c] int32: the first c coordinates of each slice
 * @returns [.., n_(c+1), .., n_r]
 */
export function gatherNd<T extends tf.Tensor = tf.Tensor>(x: tf.Tensor, indices: tf.Tensor): T {
  return tf.gatherND(x, indices) as T;
}

/**
 * Zeros, with `updates` added at the given coordinates; equal coordinates add up.
 * @param indices  [.., c] int32
 * @param updates  [.., shape from c on]
 * @param shape    of the result
 */
export function scatterNd<T extends tf.Tensor = tf.Tensor>(
  indices: tf.Tensor,
  updates: tf.Tensor,
  shape: readonly number[],
): T {
  return tf.scatterND(indices, updates, [...shape] as tf.ShapeMap[tf.Rank]) as T;
}

/**
 * `x[begin[0]:end[0]:strides[0], ..]` of NumPy; negative numbers count from the end.
 * @param strides  1 for every axis where left out
 */
export function stridedSlice<T extends tf.Tensor = tf.Tensor>(
  x: tf.Tensor,
  begin: readonly number[],
  end: readonly number[],
  strides: readonly number[] = begin.map(() => 1),
): T {
  return tf.stridedSlice(x, [...begin], [...end], [...strides]) as T;
}

export const gatherNdGradient: tf.GradConfig = {
  kernelName: "GatherNd",
  inputsToSave: ["params", "indices"],
  gradFunc: (dy, saved) => {
    const [params, indices] = saved as [tf.Tensor, tf.Tensor];
    return {
      params: () => scatterNd(indices, dy as tf.Tensor, params.shape),
      indices: () => tf.zeros(indices.shape),
    };
  },
};

export const scatterNdGradient: tf.GradConfig = {
  kernelName: "ScatterNd",
  inputsToSave: ["indices"],
  gradFunc: (dy, saved) => {
    const [indices] = saved as [tf.Tensor];
    return {
      indices: () => tf.zeros(indices.shape),
      updates: () => tf.gatherND(dy as tf.Tensor, indices),
    };
  },
};

interface SliceAttributes {
  begin: number[];
  end: number[];
  strides: number[];
  beginMask: number;
  endMask: number;
  ellipsisMask: number;
  newAxisMask: number;
  shrinkAxisMask: number;
}

export const stridedSliceGradient: tf.GradConfig = {
  kernelName: "StridedSlice",
  inputsToSave: ["x"],
  gradFunc: (dy, saved, attributes) => {
    const [x] = saved as [tf.Tensor];
    return { x: () => unslice(dy as tf.Tensor, x.shape, attributes as unknown as SliceAttributes) };
  },
};

/** Puts a slice back into zeros of the given shape. */
function unslice(dy: tf.Tensor, shape: number[], attributes: SliceAttributes): tf.Tensor {
  const slice = (x: tf.Tensor) => {
    const { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = attributes;
    return tf.stridedSlice(
      x,
      begin,
      end,
      strides,
      beginMask,
      endMask,
      ellipsisMask,
      newAxisMask,
      shrinkAxisMask,
    );
  };
  if (!isNative()) {
    const places = slice(tf.reshape(tf.range(0, sizeOf(shape), 1, "int32"), shape));
    const flat = tf.unsortedSegmentSum(
      tf.reshape(dy, [dy.size]),
      tf.reshape(places, [dy.size]),
      sizeOf(shape),
    );
    return tf.reshape(flat, shape);
  }
  return withGradient({
    inputs: [dy],
    forward: () => {
      const vectors = [shape, attributes.begin, attributes.end, attributes.strides];
      const inputs = [...vectors.map((vector) => tf.tensor1d(vector, "int32")), dy];
      const masks = {
        begin_mask: attributes.beginMask,
        end_mask: attributes.endMask,
        ellipsis_mask: attributes.ellipsisMask,
        new_axis_mask: attributes.newAxisMask,
        shrink_axis_mask: attributes.shrinkAxisMask,
      };
      return { value: rawOp("StridedSliceGrad", inputs, masks)[0] };
    },
    backward: (ddy) => [slice(ddy)],
  });
}
