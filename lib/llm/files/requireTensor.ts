import { ModelFileError } from "./error";

const MOST_NAMES = 8;

/**
 * A tensor by its name.
 * @param file  as errors name it
 * @throws ModelFileError for a name that the file does not have; it lists some that it has
 */
export function requireTensor<T>(file: string, tensors: ReadonlyMap<string, T>, tensor: string): T {
  const found = tensors.get(tensor);
  if (found !== undefined) return found;
  const names = [...tensors.keys()];
  const more = names.length > MOST_NAMES ? `, and ${names.length - MOST_NAMES} more` : "";
  throw new ModelFileError(
    `the file has no such tensor; it has ${names.slice(0, MOST_NAMES).join(", ") || "none"}${more}`,
    { file, tensor },
    "Use a complete file of a model that is supported.",
  );
}

/** Tensors as a function of their names: the shape, outermost dimension first, and all values. */
export type TensorReader = (name: string) => {
  readonly shape: readonly number[];
  readonly values: Float32Array;
};
