import { decodeStates, type Encoded, head } from "../../recsys/generative/t5";
import type { T5 } from "../../recsys/generative/t5Parameters";
import { tokenLogProbs } from "../../rl";
import { tf } from "../../tensor";

/** The tokens that all rows begin with. @returns [B, tokens] int32 */
export function repeated(tokens: readonly number[], batch: number): tf.Tensor2D {
  return tf.tile(tf.tensor2d([...tokens], [1, tokens.length], "int32"), [batch, 1]);
}

/**
 * log P(y | x, prefix), the sum over the m tokens of an answer; of the prefix there is nothing in it. Evaluation: no dropout.
 * @param encoded  of x
 * @param prefix   [B, k] int32: the start token, and the trace where there is one
 * @param answers  [B, m] int32
 * @returns [B], in nats
 */
export function answerLogProbs(
  model: T5<tf.Tensor>,
  encoded: Encoded,
  prefix: tf.Tensor2D,
  answers: tf.Tensor2D,
): tf.Tensor1D {
  return tf.tidy(() => {
    const [batch, m] = answers.shape;
    const k = prefix.shape[1];
    const read = tf.concat([prefix, answers.slice([0, 0], [batch, m - 1])], 1) as tf.Tensor2D;
    const states = decodeStates(model, read, encoded).slice([0, k - 1, 0], [batch, m, -1]);
    return tokenLogProbs(head(model, states), answers).sum<tf.Tensor1D>(1);
  });
}
