import { tf } from "../../tensor";
import type { ModelConfig } from "./config";

/** What turns the features of some positions: [B or 1, n, 1, d] each; the first half of `sin` has its sign changed. */
export interface Rotation {
  readonly cos: tf.Tensor4D;
  readonly sin: tf.Tensor4D;
}

type RopeConfig = Pick<ModelConfig, "headWidth" | "ropeBase" | "ropeFactors">;

/** The angle that each pair turns by in a position: θ^(-2j/d), over its factor. @returns d/2 numbers, in radians */
export function ropeFrequencies({ headWidth, ropeBase, ropeFactors }: RopeConfig): number[] {
  return Array.from(
    { length: headWidth / 2 },
    (_, pair) => ropeBase ** ((-2 * pair) / headWidth) / (ropeFactors?.[pair] ?? 1),
  );
}

/**
 * The rotation of consecutive positions. Angles are computed in double precision: a float32 is off by 5e-4 radians at position 8,192.
 * @returns [1, count, 1, d]
 */
export function rotationOf(config: RopeConfig, first: number, count: number): Rotation {
  const { cos, sin } = tables(config, first, count);
  const shape: [number, number, number, number] = [1, count, 1, config.headWidth];
  return { cos: tf.tensor4d(cos, shape), sin: tf.tensor4d(sin, shape) };
}

/**
 * The rotation of positions that are only known when a program runs.
 * @param positions  [B, n] int32
 * @param limit      positions are below it; a table of so many is part of the program
 * @returns [B, n, 1, d]
 */
export function rotationAt(config: RopeConfig, positions: tf.Tensor2D, limit: number): Rotation {
  const { cos, sin } = tables(config, 0, limit);
  const rows = (table: Float32Array) =>
    tf.gather(tf.tensor2d(table, [limit, config.headWidth]), positions).expandDims<tf.Tensor4D>(2);
  return { cos: rows(cos), sin: rows(sin) };
}

function tables(config: RopeConfig, first: number, count: number): { cos: Float32Array; sin: Float32Array } {
  const { headWidth } = config;
  const half = headWidth / 2;
  const frequencies = ropeFrequencies(config);
  const cos = new Float32Array(count * headWidth);
  const sin = new Float32Array(count * headWidth);
  for (let row = 0; row < count; row++)
    for (let pair = 0; pair < half; pair++) {
      const angle = (first + row) * frequencies[pair];
      const at = row * headWidth + pair;
      cos[at] = cos[at + half] = Math.cos(angle);
      sin[at + half] = Math.sin(angle);
      sin[at] = -sin[at + half];
    }
  return { cos, sin };
}

/**
 * Rotary positions: features j and j + d/2 are a pair, which is turned by its position's angle a: (u, w) → (u cos a - w sin a, u sin a + w cos a).
 * @param x [B, n, heads, d]
 * @see J. Su et al., RoFormer, 2021, arXiv:2104.09864, section 3.4.2; the pairs as in GPT-NeoX
 */
export function rotate(x: tf.Tensor4D, { cos, sin }: Rotation): tf.Tensor4D {
  const [u, w] = tf.split(x, 2, 3);
  return x.mul<tf.Tensor4D>(cos).add(tf.concat([w, u], 3).mul(sin));
}
