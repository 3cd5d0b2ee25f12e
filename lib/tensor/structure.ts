import * as tf from "@tensorflow/tfjs";

/** What may go into a compiled function or come out of it: tensors, and fixed values, in records and arrays. */
export type Structure =
  | tf.Tensor
  | number
  | string
  | boolean
  | null
  | undefined
  | readonly Structure[]
  | { readonly [key: string]: Structure };

/** Calls `visit` for each leaf, in the order of keys. */
function walk(value: unknown, path: string, visit: (leaf: unknown, path: string) => void): void {
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) walk(item, `${path}[${i}]`, visit);
  } else if (isRecord(value)) {
    for (const key of Object.keys(value)) walk(value[key], path === "" ? key : `${path}.${key}`, visit);
  } else {
    visit(value, path);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || value instanceof tf.Tensor) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** The structure with each leaf replaced. */
export function mapStructure(value: unknown, replace: (leaf: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => mapStructure(item, replace));
  if (!isRecord(value)) return replace(value);
  return Object.fromEntries(Object.keys(value).map((key) => [key, mapStructure(value[key], replace)]));
}

/** The tensors of a structure, in order; a variable is not one of them: it is known by itself, not by its value. */
export function tensorsIn(value: unknown): tf.Tensor[] {
  const tensors: tf.Tensor[] = [];
  walk(value, "", (leaf) => {
    if (leaf instanceof tf.Tensor && !(leaf instanceof tf.Variable)) tensors.push(leaf);
  });
  return tensors;
}

/**
 * What a traced function depends on beside the values of its tensors: shapes, dtypes, fixed values, and which variables.
 * @throws for a leaf that is neither (a function, a class instance, a typed array)
 */
export function signatureOf(value: unknown): string {
  const parts: string[] = [];
  walk(value, "", (leaf, path) => {
    if (leaf instanceof tf.Variable) parts.push(`${path}=variable ${leaf.id}`);
    else if (leaf instanceof tf.Tensor) parts.push(`${path}:${leaf.dtype}[${leaf.shape}]`);
    else if (leaf === null || ["number", "string", "boolean", "undefined"].includes(typeof leaf))
      parts.push(`${path}=${JSON.stringify(leaf)}`);
    else {
      const kind = typeof leaf === "object" ? (leaf?.constructor?.name ?? "object") : typeof leaf;
      throw new TypeError(
        `a compiled function takes tensors, numbers, strings and booleans; '${path}' is a ${kind}`,
      );
    }
  });
  return parts.join(" ");
}
