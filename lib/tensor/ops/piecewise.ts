import * as tf from "@tensorflow/tfjs";

/** Rounds half to even. An int32 tensor is returned as it is: TensorFlow's own op answers zeros for it. */
export function round<T extends tf.Tensor>(x: T): T {
  return x.dtype === "int32" ? tf.clone(x) : tf.round(x);
}

const BINARY = [
  "Equal",
  "NotEqual",
  "Greater",
  "GreaterEqual",
  "Less",
  "LessEqual",
  "LogicalAnd",
  "LogicalOr",
];

/** Comparisons are constant almost everywhere. Their gradient is zero, where tfjs has none and throws. */
export const comparisonGradients: readonly tf.GradConfig[] = [
  ...BINARY.map(
    (kernelName): tf.GradConfig => ({
      kernelName,
      inputsToSave: ["a", "b"],
      gradFunc: (_dy, saved) => {
        const [a, b] = saved as [tf.Tensor, tf.Tensor];
        return { a: () => tf.zeros(a.shape), b: () => tf.zeros(b.shape) };
      },
    }),
  ),
  {
    kernelName: "LogicalNot",
    inputsToSave: ["x"],
    gradFunc: (_dy, saved) => ({ x: () => tf.zeros((saved as [tf.Tensor])[0].shape) }),
  },
];

/** A cast to integers or booleans is constant almost everywhere; tfjs lets the gradient pass as if it were the identity. */
export const castGradient: tf.GradConfig = {
  kernelName: "Cast",
  gradFunc: (dy, _saved, attributes) => {
    const gradient = dy as tf.Tensor;
    const toFloat = attributes["dtype"] === "float32";
    return { x: () => (toFloat ? tf.clone(gradient) : tf.zeros(gradient.shape)) };
  },
};
