import { tf } from "../../tensor";

/** `tf.tidy` for a record of any type: frees all tensors that `make` makes, but those in its result. */
export function scoped<T extends object>(make: () => T): T {
  return tf.tidy(() => make() as unknown as tf.TensorContainer) as unknown as T;
}
