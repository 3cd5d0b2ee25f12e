/** Boxes and affine maps of the plane: what measuring an SVG element comes down to. */

/** Left, top, right, bottom. */
export type Box = readonly [number, number, number, number];

/** [a b c d e f] as in SVG: x' = a x + c y + e, y' = b x + d y + f. */
export type Affine = readonly [number, number, number, number, number, number];

export const identity: Affine = [1, 0, 0, 1, 0, 0];

export function union(boxes: readonly (Box | undefined)[]): Box | undefined {
  let all: Box | undefined;
  for (const box of boxes) {
    if (box === undefined) continue;
    all =
      all === undefined
        ? box
        : [
            Math.min(all[0], box[0]),
            Math.min(all[1], box[1]),
            Math.max(all[2], box[2]),
            Math.max(all[3], box[3]),
          ];
  }
  return all;
}

/** The map that applies `inner` first, then `outer`. */
export function concatenate(outer: Affine, inner: Affine): Affine {
  const [a, b, c, d, e, f] = outer;
  const [g, h, i, j, k, l] = inner;
  return [a * g + c * h, b * g + d * h, a * i + c * j, b * i + d * j, a * k + c * l + e, b * k + d * l + f];
}

/** The upright box around a mapped box. */
export function mapBox([a, b, c, d, e, f]: Affine, [left, top, right, bottom]: Box): Box {
  const corners = [
    [left, top],
    [right, top],
    [left, bottom],
    [right, bottom],
  ].map(([x, y]) => [a * x + c * y + e, b * x + d * y + f]);
  const xs = corners.map(([x]) => x);
  const ys = corners.map(([, y]) => y);
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

/** An SVG transform attribute as one map: translate, rotate (also about a point), scale and matrix. */
export function parseTransform(transform: string | null): Affine {
  let map = identity;
  if (transform === null) return map;
  for (const [, name, list] of transform.matchAll(/(\w+)\s*\(([^)]*)\)/g)) {
    const values = list
      .trim()
      .split(/[\s,]+/)
      .map(Number);
    map = concatenate(map, step(name, values));
  }
  return map;
}

function step(name: string, values: readonly number[]): Affine {
  const [first = 0, second = 0, third = 0] = values;
  if (name === "translate") return [1, 0, 0, 1, first, second];
  if (name === "scale") return [first, 0, 0, values.length > 1 ? second : first, 0, 0];
  if (name === "matrix" && values.length === 6) return values as unknown as Affine;
  if (name === "rotate") {
    const angle = (first * Math.PI) / 180;
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    const turn: Affine = [cos, sin, -sin, cos, 0, 0];
    return concatenate(concatenate([1, 0, 0, 1, second, third], turn), [1, 0, 0, 1, -second, -third]);
  }
  return identity;
}
