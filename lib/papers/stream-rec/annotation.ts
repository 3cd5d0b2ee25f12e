import { encode } from "../../recsys/generative/t5";
import { decoderMemory, decodeStep, EMPTY_CACHE } from "../../recsys/generative/t5Cache";
import { noGradient, oneHot, tf } from "../../tensor";
import { repeated } from "./likelihoods";
import { residualOf, stateOf, type ThinkingModel, targetVectors } from "./states";
import type { StreamTokens } from "./tokens";

export interface AnnotationOptions {
  /** l, tokens a trace. */
  readonly steps: number;
  /** Leave the target's own tokens out: a trace cannot be the answer, written twice. Default false. */
  readonly banTarget?: boolean;
  /** No token twice in a trace. Default false. */
  readonly noRepeat?: boolean;
}

/** Traces, and how near they come to their targets. */
export type AnnotatedTraces = {
  /** o_1 .. o_l, [B, l] int32 */
  readonly traces: tf.Tensor2D;
  /** ‖t - s_i‖, i = 0 .. l, [B, l + 1] */
  readonly distances: tf.Tensor2D;
  /** cos(t, s_i), [B, l + 1] */
  readonly cosines: tf.Tensor2D;
};

/** Added to the distance of a token that is left out; float32 still tells apart what is not. */
const BANNED = 1e9;

/**
 * Iterative inference, which reads the label and is for training cases only: from step to step the token is written whose embedding is nearest to what
 * the state still lacks of the target.
 *
 *     r_i = MLP_r(t - s_{i-1});   o_i = argmin_k ‖E_k - r_i‖;   s_i = MLP_s(Σ_{j ≤ i} d_j)
 *
 * Traceable as a whole; no gradient, no dropout.
 * @param inputs  [B, P] int32, histories
 * @param targets [B, m] int32, the tokens of the items to reach
 * @throws RangeError where more tokens may be left out than leave one
 * @see STREAM-Rec, arXiv:2504.09627; the code tokens of all levels are candidates, t is the mean of the target's embeddings
 */
export function annotate(
  { t5, networks }: ThinkingModel<tf.Tensor>,
  { inputs, targets }: { readonly inputs: tf.Tensor2D; readonly targets: tf.Tensor2D },
  { startThink, codeTokens }: Pick<StreamTokens, "startThink" | "codeTokens">,
  { steps, banTarget = false, noRepeat = false }: AnnotationOptions,
): AnnotatedTraces {
  const [batch, m] = targets.shape;
  const { first, count } = codeTokens;
  const atMost = (banTarget ? m : 0) + (noRepeat ? steps - 1 : 0);
  if (atMost >= count)
    throw new RangeError(`annotate: ${atMost} tokens can be left out, and there are only ${count} codes.`);
  return noGradient(() =>
    tf.tidy(() => {
      const { table } = t5.weights.embedding;
      const codewords = table.slice([first, 0], [count, -1]) as tf.Tensor2D; // E_k, [C, d]
      const lengths = codewords.square().sum<tf.Tensor1D>(1);
      const index = (tokens: tf.Tensor) => tokens.sub(tf.scalar(first, "int32"));

      const memory = decoderMemory(t5, encode(t5, inputs));
      const t = targetVectors(t5, targets);
      let banned = banTarget
        ? oneHot(index(targets), count).max<tf.Tensor2D>(1).mul<tf.Tensor2D>(BANNED)
        : tf.zeros<tf.Rank.R2>([batch, count]);
      let { cache, states } = decodeStep(t5, memory, EMPTY_CACHE, repeated([startThink], batch));
      let sum = states.squeeze<tf.Tensor2D>([1]); // d_0
      const reached = [stateOf(networks, sum)]; // s_0
      const traces: tf.Tensor2D[] = [];
      for (let i = 1; i <= steps; i++) {
        const r = residualOf(networks, t, reached[i - 1]); // r_i = MLP_r(t - s_{i-1})
        // o_i = argmin_k ‖E_k‖² - 2 r·E_k
        const distances = lengths.sub(tf.matMul(r, codewords, false, true).mul(2)).add(banned);
        const chosen = tf.argMin(distances, 1).toInt();
        const o = chosen.add(tf.scalar(first, "int32")).reshape<tf.Tensor2D>([batch, 1]);
        if (noRepeat) banned = banned.add(oneHot(chosen, count).mul(BANNED));
        traces.push(o);
        ({ cache, states } = decodeStep(t5, memory, cache, o));
        sum = sum.add(states.squeeze<tf.Tensor2D>([1])); // Σ_{j ≤ i} d_j
        reached.push(stateOf(networks, sum)); // s_i
      }
      const all = tf.stack(reached, 1) as tf.Tensor3D; // [B, l + 1, d]
      return {
        traces: steps === 0 ? tf.zeros([batch, 0], "int32") : (tf.concat(traces, 1) as tf.Tensor2D),
        distances: tf.norm(t.expandDims(1).sub(all), 2, -1) as tf.Tensor2D,
        cosines: cosines(all, t),
      };
    }),
  );
}

/** cos(s_i, t). @param states [B, l + 1, d] @param t [B, d] @returns [B, l + 1] */
export function cosines(states: tf.Tensor3D, t: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => {
    const own = t.expandDims<tf.Tensor3D>(1);
    const lengths = states.square().sum(-1).mul(own.square().sum(-1)).sqrt();
    return states.mul(own).sum(-1).div<tf.Tensor2D>(lengths.maximum(1e-12));
  });
}
