import * as tf from "@tensorflow/tfjs";

/**
 * A tree is a nested record or array; its leaves are tensors. A parameter tree's leaves are variables. Paths join the keys
 * with dots: `layers.0.attention.query`.
 */
export type Tree<L> = L | TreeArray<L> | TreeRecord<L>;
export interface TreeArray<L> extends ReadonlyArray<Tree<L>> {}
export interface TreeRecord<L> {
  readonly [key: string]: Tree<L>;
}
export type TensorTree = Tree<tf.Tensor>;
export type VariableTree = Tree<tf.Variable>;

/** The same tree with other leaves. */
export type MapLeaves<T, M> = T extends tf.Tensor
  ? M
  : T extends object
    ? { [K in keyof T]: MapLeaves<T[K], M> }
    : T;

/**
 * Applies `fn` to each leaf, together with the leaves at the same place of the other trees.
 * @throws naming the path where the trees differ, or where something is neither a tensor, an array nor a plain record
 */
export function mapTree<T extends object, M, L extends tf.Tensor = tf.Tensor>(
  fn: (leaf: L, ...rest: L[]) => M,
  tree: T,
  ...rest: readonly object[]
): MapLeaves<T, M> {
  return mapAt("", fn as (leaf: tf.Tensor, ...rest: tf.Tensor[]) => M, tree, rest) as MapLeaves<T, M>;
}

function mapAt<M>(
  path: string,
  fn: (leaf: tf.Tensor, ...rest: tf.Tensor[]) => M,
  node: unknown,
  rest: readonly unknown[],
): unknown {
  if (node instanceof tf.Tensor) {
    for (const other of rest) if (!(other instanceof tf.Tensor)) mismatch(path, "a tensor", other);
    return fn(node, ...(rest as tf.Tensor[]));
  }
  const keys = keysOf(node, path);
  for (const other of rest) {
    const otherKeys = other instanceof tf.Tensor ? null : keysOf(other, path);
    if (
      otherKeys === null ||
      otherKeys.length !== keys.length ||
      keys.some((key) => !otherKeys.includes(key))
    )
      mismatch(path, `{${keys}}`, other);
  }
  const at = (parent: unknown, key: string) => (parent as Record<string, unknown>)[key];
  const mapped = keys.map((key) => {
    const others = rest.map((other) => at(other, key));
    return [key, mapAt(join(path, key), fn, at(node, key), others)] as const;
  });
  return Array.isArray(node) ? mapped.map(([, value]) => value) : Object.fromEntries(mapped);
}

/** Every leaf with its path, in the order of the keys. A tree that is one leaf has the path "". */
export function flattenTree<T extends object>(tree: T): [path: string, leaf: LeafOf<T>][] {
  const leaves: [string, LeafOf<T>][] = [];
  const visit = (node: unknown, path: string) => {
    if (node instanceof tf.Tensor) leaves.push([path, node as LeafOf<T>]);
    else for (const key of keysOf(node, path)) visit((node as Record<string, unknown>)[key], join(path, key));
  };
  visit(tree, "");
  return leaves;
}

/** The type of a tree's leaves; Tensor where the tree's type does not say. */
export type LeafOf<T> = [Leaves<T>] extends [never] ? tf.Tensor : Leaves<T>;
type Leaves<T> = T extends tf.Tensor
  ? T
  : T extends readonly (infer E)[]
    ? Leaves<E>
    : T extends object
      ? Leaves<T[keyof T]>
      : never;

/**
 * The tree of the given leaves. A level whose keys are 0, 1, .. becomes an array.
 * @throws where one path is inside another, or occurs twice
 */
export function unflattenTree<L extends object>(leaves: Iterable<readonly [path: string, leaf: L]>): Tree<L> {
  const entries = [...leaves];
  if (entries.length === 1 && entries[0][0] === "") return entries[0][1];
  const levels = new Map<string, [string, L][]>();
  for (const [path, leaf] of entries) {
    const [key, ...deeper] = path.split(".");
    const level = levels.get(key) ?? [];
    levels.set(key, [...level, [deeper.join("."), leaf]]);
  }
  for (const [key, level] of levels)
    if (level.length > 1 && level.some(([path]) => path === ""))
      throw new Error(`unflattenTree: ${key} is a leaf, and has something inside or twice.`);
  const children = [...levels].map(([key, level]) => [key, unflattenTree(level)] as const);
  const isArray =
    children.length > 0 && children.every(([key], i) => levels.has(String(i)) && /^\d+$/.test(key));
  if (!isArray) return Object.fromEntries(children);
  return children.sort(([a], [b]) => Number(a) - Number(b)).map(([, child]) => child);
}

/**
 * The variables of a parameter tree.
 * @throws naming the leaf that is a tensor, but no variable
 */
export function variables(tree: object): tf.Variable[] {
  return flattenTree(tree).map(([path, leaf]) => {
    if (!((leaf as tf.Tensor) instanceof tf.Variable))
      throw new Error(`Parameter ${path} is a tensor, not a variable.`);
    return leaf as tf.Variable;
  });
}

/** The number of elements in all leaves together. */
export function countParameters(tree: object): number {
  return flattenTree(tree).reduce((count, [, leaf]) => count + (leaf as tf.Tensor).size, 0);
}

/** Frees every leaf. */
export function disposeTree(tree: object): void {
  for (const [, leaf] of flattenTree(tree)) (leaf as tf.Tensor).dispose();
}

/** The keys of a level, but those whose value is undefined or null: a parameter that a layer goes without. */
function keysOf(node: unknown, path: string): string[] {
  if (!Array.isArray(node) && !isPlainRecord(node)) {
    const found = typeof node === "object" && node !== null ? node.constructor.name : String(node);
    throw new Error(`Tree: ${path || "the root"} is ${found}, not a tensor, an array or a plain record.`);
  }
  const keys = Object.keys(node).filter((key) => (node as Record<string, unknown>)[key] != null);
  const dotted = keys.find((key) => key.includes(".") || key === "");
  if (dotted !== undefined)
    throw new Error(
      `Tree: the key "${dotted}" of ${path || "the root"} is empty or has a dot, so no path can name it.`,
    );
  return keys;
}

/** Also of another realm: a notebook's cells have their own Object. */
function isPlainRecord(node: unknown): node is Record<string, unknown> {
  if (typeof node !== "object" || node === null) return false;
  const prototype = Object.getPrototypeOf(node);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

function mismatch(path: string, expected: string, found: unknown): never {
  const is = found instanceof tf.Tensor ? `a tensor [${found.shape}]` : `{${Object.keys(Object(found))}}`;
  throw new Error(`Tree: at ${path || "the root"} one tree has ${expected}, another ${is}.`);
}
