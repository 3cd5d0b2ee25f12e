import { tf } from "../tensor";

export interface RotaryOptions {
  /** Position of each element of the axis before the last; default 0, 1, 2, … */
  readonly positions?: readonly number[];
  /** θ, the base of the wavelengths. Default 10,000. */
  readonly base?: number;
  /** Which features turn together: neighbours (the paper's), or i and i + d/2 (GPT-NeoX's). Default `interleaved`. */
  readonly pairing?: "interleaved" | "halves";
}

/**
 * Rotary position embedding: pair i of the features is turned by the angle m θ^(-2i/d), m the position. Products of two turned vectors
 * then depend on the difference of their positions alone.
 * @param x [.., L, d], d even
 * @returns [.., L, d]
 * @see J. Su et al., RoFormer, 2021, arXiv:2104.09864, section 3.2.2
 */
export function applyRotary<T extends tf.Tensor>(
  x: T,
  { positions, base = 10_000, pairing = "interleaved" }: RotaryOptions = {},
): T {
  const [length, dimensions] = x.shape.slice(-2);
  if (dimensions % 2 !== 0) throw new Error(`applyRotary: [${x.shape}] has an odd number of features.`);
  const at = positions ?? Array.from({ length }, (_, position) => position);
  if (at.length !== length)
    throw new Error(`applyRotary: ${at.length} positions for ${length} elements of [${x.shape}].`);
  const half = dimensions / 2;
  const pairOf = (feature: number) => (pairing === "interleaved" ? Math.floor(feature / 2) : feature % half);
  const angles = at.flatMap((position) =>
    Array.from({ length: dimensions }, (_, feature) => position * base ** (-pairOf(feature) / half)),
  );
  const table = (f: (angle: number) => number) => tf.tensor2d(angles.map(f), [length, dimensions]);
  // (a, b) -> (-b, a) in every pair, as a product with a fixed matrix: its gradient is a product, too.
  const turned = tf
    .matMul(x.reshape<tf.Tensor2D>([-1, dimensions]), quarterTurn(dimensions, pairing))
    .reshape(x.shape);
  return x.mul(table(Math.cos)).add(turned.mul(table(Math.sin)));
}

/** [d, d] */
function quarterTurn(dimensions: number, pairing: "interleaved" | "halves"): tf.Tensor2D {
  const matrix = new Float32Array(dimensions * dimensions);
  const half = dimensions / 2;
  for (let pair = 0; pair < half; pair++) {
    const [a, b] = pairing === "interleaved" ? [2 * pair, 2 * pair + 1] : [pair, pair + half];
    matrix[b * dimensions + a] = -1;
    matrix[a * dimensions + b] = 1;
  }
  return tf.tensor2d(matrix, [dimensions, dimensions]);
}
