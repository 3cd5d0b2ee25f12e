import * as tf from "@tensorflow/tfjs";

/** True when tensors live in TensorFlow; false on the JavaScript fallback. */
export function isNative(): boolean {
  return tf.getBackend() === "tensorflow";
}

/** An attribute of a TensorFlow op: `{ dtype: "int32" }` names a type, `{ shape }` a shape; the rest speaks for itself. */
export type Attribute =
  | boolean
  | number
  | string
  | readonly number[]
  | { dtype: string }
  | { shape: readonly number[] }
  | { float: number }
  | { int: number };

export function rawOp(
  name: string,
  _inputs: readonly tf.Tensor[],
  _attributes: Record<string, Attribute> = {},
  _outputs = 1,
): tf.Tensor[] {
  throw new Error(`TensorFlow op ${name} needs the native kernel; run \`npm run setup\` to build it.`);
}
