import { finalNorm, unembed } from "../../../llm/model/forward";
import { UNOBSERVED } from "../../../llm/model/hooks";
import { tf } from "../../../tensor";
import { promptRows } from "../patching/batches";
import { answerRun, type Subject } from "../patching/subject";

export interface LensOptions {
  /** Where the stream is read. Default: the last position, which the answer comes from. */
  readonly positions?: readonly number[];
}

/**
 * What the model would answer if each layer were its last: d of the residual stream behind it, through the model's own final norm, with the root mean square of that
 * layer's stream. At the last layer and the last position it is d.
 * @param prompt  [T]
 * @returns [L] of [positions], in logits
 * @throws RangeError where there is no such position, or the prompt is longer than the model's positions
 * @see nostalgebraist, interpreting GPT: the logit lens, 2020
 */
export function logitLens(
  subject: Subject,
  prompt: Int32Array,
  { positions = [prompt.length - 1] }: LensOptions = {},
): Float64Array[] {
  const { model, answers } = subject;
  const { config } = model;
  for (const position of positions)
    if (!(Number.isInteger(position) && position >= 0 && position < prompt.length))
      throw new RangeError(
        `logitLens: there is no position ${position}; they go from 0 to ${prompt.length - 1}.`,
      );
  const logits = tf.tidy(() => {
    const { cache } = answerRun(subject, promptRows([prompt]), { cacheNames: ["resid_post"] });
    const chosen = cache.resid_post!.map((stream) => tf.gather(stream, [...positions], 1));
    const normed = finalNorm(model, tf.concat(chosen, 0) as tf.Tensor3D, { config, observer: UNOBSERVED });
    return unembed(model, normed, [answers.yes, answers.no]).dataSync(); // [L, positions, 2]
  });
  // d_l = norm_final(resid_post_l) · U_yes − norm_final(resid_post_l) · U_no
  return Array.from({ length: config.layers }, (_, layer) =>
    Float64Array.from(positions, (_, column) => {
      const place = 2 * (layer * positions.length + column);
      return logits[place] - logits[place + 1];
    }),
  );
}
