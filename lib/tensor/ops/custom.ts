import * as tf from "@tensorflow/tfjs";

/** Runs `f` without recording it for differentiation: what it returns is a constant to every gradient. */
export function noGradient<T>(f: () => T): T {
  const { state } = tf.engine();
  state.kernelDepth += 1; // tfjs records an op only at kernel depth zero
  try {
    return f();
  } finally {
    state.kernelDepth -= 1;
  }
}

/** What {@link withGradient} takes. */
export interface CustomGradient {
  /** The tensors the gradient flows to; what else `forward` uses is a constant. */
  inputs: readonly tf.Tensor[];
  /** Computes the value, and the intermediate tensors that `backward` wants to see again. */
  forward(): { value: tf.Tensor; saved?: readonly tf.Tensor[] };
  /** One gradient an input, in order, from `dy` (the shape of the value), the inputs and what `forward` saved. */
  backward(dy: tf.Tensor, inputs: tf.Tensor[], saved: tf.Tensor[]): tf.Tensor[];
  /**
   * The same function in differentiable ops, from the inputs and from what `forward` saved, which is constant here.
   * Saved intermediates have no gradient of their own, so a second derivative goes through this. Leave it out only
   * where `backward` is differentiable as it is: linear in `dy`, the rest constants and inputs, no raw op.
   */
  composed?(inputs: tf.Tensor[], saved: tf.Tensor[]): tf.Tensor;
}

/**
 * A value with a gradient of our own: fewer ops, or saved statistics, where tfjs would differentiate op by op.
 * @returns the value of `forward`
 */
export function withGradient<T extends tf.Tensor>({
  inputs,
  forward,
  backward,
  composed,
}: CustomGradient): T {
  const operation = tf.customGrad((...args) => {
    const parameters = args.slice(0, inputs.length) as tf.Tensor[];
    const save = args[inputs.length] as tf.GradSaveFunc;
    const { value, saved = [] } = forward();
    save([...parameters, ...saved]);
    const gradFunc = (dy: tf.Tensor, kept: tf.Tensor[]) => {
      const again = kept.slice(0, inputs.length);
      const intermediates = kept.slice(inputs.length);
      if (!composed || !isRecording()) return backward(dy, again, intermediates);
      return tf.grads((...xs: tf.Tensor[]) => composed(xs, intermediates))(again, dy);
    };
    return { value, gradFunc };
  });
  return operation(...inputs) as T;
}

/** True inside a gradient that is itself being differentiated. */
function isRecording(): boolean {
  return tf.engine().state.gradientDepth > 0;
}

/**
 * Sums a gradient down to the shape of the operand that was broadcast.
 * @param gradient  [.., the broadcast shape]
 * @param shape     the operand's shape, broadcastable to the gradient's
 */
export function sumToShape(gradient: tf.Tensor, shape: readonly number[]): tf.Tensor {
  const offset = gradient.rank - shape.length;
  const axes = gradient.shape
    .map((_, axis) => axis)
    .filter((axis) => axis < offset || (shape[axis - offset] === 1 && gradient.shape[axis] !== 1));
  const summed = axes.length > 0 ? tf.sum(gradient, axes, true) : gradient;
  return summed.rank === shape.length ? summed : tf.reshape(summed, [...shape]);
}

/** The axis counted from zero; an error that names it where the tensor has no such axis. */
export function positiveAxis(axis: number, rank: number, where: string): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || positive < 0 || positive >= rank)
    throw new Error(`${where}: axis ${axis} is out of range for a tensor of rank ${rank}.`);
  return positive;
}

/** The number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
