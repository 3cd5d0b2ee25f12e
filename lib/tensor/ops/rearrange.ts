import * as tf from "@tensorflow/tfjs";
import { sizeOf } from "./custom";

/**
 * Reorders, splits and merges axes by name, as einops does: `rearrange(x, "b l (h d) -> b h l d", { h: 4 })`.
 * Parentheses group axes that lie together in one; `1` is an axis of length one; `...` stands for any further axes.
 * @param sizes  of the axes that cannot be inferred: all but one of each group on the left
 * @throws naming the axis where the pattern does not fit the tensor
 */
export function rearrange<T extends tf.Tensor = tf.Tensor>(
  x: tf.Tensor,
  pattern: string,
  sizes: Readonly<Record<string, number>> = {},
): T {
  const fail: Fail = (reason) => {
    throw new Error(`rearrange "${pattern}" of [${x.shape}]: ${reason}.`);
  };
  const sides = pattern.split("->");
  if (sides.length !== 2) return fail("a pattern has one ->");
  const [left, right] = sides.map((side) => parseSide(side, fail));
  const extra = x.rank - left.filter((group) => group[0] !== ELLIPSIS).length;
  const source = expandEllipsis(left, extra, fail);
  const target = expandEllipsis(right, extra, fail);
  if (source.length !== x.rank) return fail(`the left side names ${source.length} axes`);

  const lengths = solve(source, x.shape, sizes, fail);
  const from = source.flat();
  const to = target.flat();
  for (const name of to) if (!lengths.has(name)) fail(`axis ${name} is on the right side only`);
  for (const name of from) if (!to.includes(name)) fail(`axis ${name} is on the left side only`);
  if (from.length === 0 && to.length === 0)
    return tf.reshape(
      x,
      target.map(() => 1),
    ) as T;

  const length = (name: string) => lengths.get(name) as number;
  const permutation = to.map((name) => from.indexOf(name));
  const isInOrder = permutation.every((axis, i) => axis === i);
  const split = tf.reshape(x, from.map(length));
  const moved = isInOrder ? split : tf.transpose(split, permutation);
  return tf.reshape(
    moved,
    target.map((group) => sizeOf(group.map(length))),
  ) as T;
}

type Fail = (reason: string) => never;

/** One side of a pattern: the names in each axis of the tensor; none for `1`. */
type Side = string[][];

const ELLIPSIS = "...";

function parseSide(text: string, fail: Fail): Side {
  const side: Side = [];
  let group: string[] | null = null;
  const tokens = text.match(/[A-Za-z_][A-Za-z0-9_]*|\.\.\.|1(?![0-9])|[()]|\S/g) ?? [];
  for (const token of tokens) {
    if (token === "(") {
      if (group) fail("parentheses do not nest");
      group = [];
    } else if (token === ")") {
      if (!group) return fail("a parenthesis is closed that was not opened");
      side.push(group);
      group = null;
    } else if (token === "1") {
      if (!group) side.push([]);
    } else if (token === ELLIPSIS) {
      if (group) fail("... cannot be in parentheses");
      side.push([ELLIPSIS]);
    } else if (/^[A-Za-z_]/.test(token)) {
      if (group) group.push(token);
      else side.push([token]);
    } else fail(`"${token}" is no axis`);
  }
  if (group) fail("a parenthesis is not closed");
  const names = side.flat();
  for (const name of names)
    if (names.indexOf(name) !== names.lastIndexOf(name)) fail(`axis ${name} occurs twice on one side`);
  return side;
}

function expandEllipsis(side: Side, extra: number, fail: Fail): Side {
  return side.flatMap((group) => {
    if (group[0] !== ELLIPSIS) return [group];
    if (extra < 0) return fail("the tensor has too few axes");
    return Array.from({ length: extra }, (_, i) => [`${ELLIPSIS}${i}`]);
  });
}

/** The length of every named axis, from the shape and the given sizes. */
function solve(
  source: Side,
  shape: readonly number[],
  sizes: Readonly<Record<string, number>>,
  fail: Fail,
): Map<string, number> {
  const lengths = new Map<string, number>();
  source.forEach((group, axis) => {
    const unknown = group.filter((name) => !Object.hasOwn(sizes, name));
    const known = sizeOf(group.filter((name) => Object.hasOwn(sizes, name)).map((name) => sizes[name]));
    if (unknown.length > 1) fail(`give the size of all but one of the axes ${unknown.join(", ")}`);
    for (const name of group) lengths.set(name, sizes[name]);
    const rest = shape[axis] / known;
    if (unknown.length === 1 && Number.isInteger(rest)) lengths.set(unknown[0], rest);
    else if (known !== shape[axis])
      fail(`axis ${axis}, (${group.join(" ") || "1"}), is ${shape[axis]} long, and its parts are ${known}`);
  });
  for (const name of Object.keys(sizes))
    if (!lengths.has(name)) fail(`a size is given for axis ${name}, which the left side does not name`);
  return lengths;
}
