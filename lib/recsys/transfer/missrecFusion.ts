import { tf } from "../../tensor";
import { unitRows } from "../contrastive";

/** The vectors of N candidates. */
export interface Candidates {
  /** [N, d] */
  readonly text: tf.Tensor2D;
  /** [N, d] */
  readonly image: tf.Tensor2D;
  /** [N], 1 where there is a picture, else 0: such a candidate is known by its text alone. */
  readonly hasImage: tf.Tensor1D;
  /** [N, d], embeddings of the candidates' own. */
  readonly own?: tf.Tensor2D;
}

/**
 * How well candidates go on histories: of the cosines s_t with a candidate's text and s_i with its picture, each counts by the softmax over the two of f s, so that
 * a factor f > 0 trusts the more certain one. Where candidates have embeddings of their own, their cosine counts a third:
 *
 *     s = s_t σ(f (s_t - s_i)) + s_i σ(f (s_i - s_t));   with embeddings (s_own + 2 s) / 3.
 *
 * @param histories [B, d]
 * @param factor    f: one number, [N], or 0 for the mean
 * @returns [B, N]
 * @see MISSRec, arXiv:2308.11175, section 3.3.3: its candidate-side fusion
 */
export function fusedCosines(
  histories: tf.Tensor2D,
  { text, image, hasImage, own }: Candidates,
  factor: tf.Tensor | number,
): tf.Tensor2D {
  return tf.tidy(() => {
    const directions = unitRows(histories);
    const cosines = (vectors: tf.Tensor2D): tf.Tensor2D =>
      tf.matMul(directions, unitRows(vectors), false, true);
    const ofText = cosines(text);
    const lead = ofText.sub(cosines(image)); // s_t - s_i
    const imageShare = tf.sigmoid(lead.mul(factor).neg()).mul(hasImage);
    const ofContent = ofText.sub<tf.Tensor2D>(lead.mul(imageShare)); // s_t (1 - w) + s_i w
    return own === undefined ? ofContent : cosines(own).add(ofContent.mul(2)).div(3);
  });
}
