import { noGradient, stopGradient, straightThrough, tf } from "../../tensor";
import { nearestCentre } from "./kmeans";

/**
 * What the next level quantises, r_{h+1} = r_h - e_h, and what its gradient does:
 * - `detached`: it has none. Where each level puts out q_h = r_h + sg[e_h - r_h] and the next one takes r_h - q_h, that is what
 *   comes out, so that the commitment of levels 2, 3, .. moves no encoder (MTGRec's code).
 * - `attached`: that of r_h - e_h as it stands. Every level pushes the encoder, and codes that are trained by gradient those after them.
 */
export type ResidualGradient = "detached" | "attached";

/** Chooses a code for each row. @param r [B, d] @param codebook [K, d] @returns [B] int32 */
export type Assignment = (r: tf.Tensor2D, codebook: tf.Tensor2D, level: number) => tf.Tensor1D;

export interface QuantizeOptions {
  readonly residualGradient?: ResidualGradient;
  /** Whether codes have a gradient (else they are constants: moved by averages). Default false. */
  readonly trainedCodes?: boolean;
  /** Default: the nearest code. */
  readonly assignment?: Assignment;
}

export interface Quantized {
  /** [B, H] int32 */
  readonly codes: tf.Tensor2D;
  /** r_1, .., r_H, [B, d] each: what each level had to quantise. */
  readonly residuals: readonly tf.Tensor2D[];
  /** e_1, .., e_H, [B, d] each: the codes chosen. */
  readonly chosen: readonly tf.Tensor2D[];
  /** r_{H+1}, [B, d]: what is left. */
  readonly remainder: tf.Tensor2D;
  /** r~ = Σ_h e_h, [B, d]; its gradient goes to r_1 unchanged, once. */
  readonly quantized: tf.Tensor2D;
}

/**
 * Residual quantisation: c_h = argmin_k ‖r_h - e_hk‖², r_{h+1} = r_h - e_h, r~ = Σ_h e_h.
 * @param latent    r_1, [B, d]
 * @param codebooks H of them, [K, d]
 * @see Lee et al. 2022, arXiv:2203.01941, eq. 2 and 3; van den Oord et al. 2017, arXiv:1711.00937, for the gradient
 */
export function quantizeResiduals(
  latent: tf.Tensor2D,
  codebooks: readonly tf.Tensor2D[],
  { residualGradient = "detached", trainedCodes = false, assignment = nearestCentre }: QuantizeOptions = {},
): Quantized {
  const codes: tf.Tensor1D[] = [];
  const residuals = [latent];
  const chosen: tf.Tensor2D[] = [];
  codebooks.forEach((codebook, level) => {
    const r = residuals[level];
    const c = noGradient(() => assignment(r, codebook, level));
    const look = () => tf.gather(codebook, c);
    const e = trainedCodes ? look() : noGradient(look);
    const next = r.sub<tf.Tensor2D>(e);
    residuals.push(residualGradient === "detached" ? stopGradient(next) : next);
    codes.push(c);
    chosen.push(e);
  });
  const remainder = residuals.pop()!;
  const sum = noGradient(() => tf.addN([...chosen]));
  return {
    codes: tf.stack(codes, 1) as tf.Tensor2D,
    residuals,
    chosen,
    remainder,
    quantized: straightThrough(latent, sum),
  };
}

/**
 * What quantisation adds to the loss, the mean over the levels of
 *
 *     β MSE(r_h, sg[e_h])   and, for codes trained by gradient,   MSE(sg[r_h], e_h),
 *
 * MSE being the mean over batch and dimensions.
 */
export function quantizationLoss(
  { residuals, chosen }: Pick<Quantized, "residuals" | "chosen">,
  {
    commitment = 0.25,
    trainedCodes = false,
  }: { readonly commitment?: number; readonly trainedCodes?: boolean } = {},
): tf.Scalar {
  const terms = residuals.map((r, level) => {
    const committed = meanSquaredError(r, stopGradient(chosen[level])).mul(commitment);
    return trainedCodes ? committed.add(meanSquaredError(stopGradient(r), chosen[level])) : committed;
  });
  return tf.addN(terms).div(terms.length);
}

export function meanSquaredError(x: tf.Tensor, y: tf.Tensor): tf.Scalar {
  return x.sub(y).square().mean();
}
