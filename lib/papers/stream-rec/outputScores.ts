import { encode } from "../../recsys/generative/t5";
import { decoderMemory, decodeStep, EMPTY_CACHE, reorderCache } from "../../recsys/generative/t5Cache";
import { tokenLogProbs } from "../../rl";
import { gather, tf } from "../../tensor";
import { stateOf, type ThinkingModel, targetVectors } from "./states";

/** Outputs of prompts, and the answers that each of their traces is asked about. */
export type OutputBatch = {
  /** [B, P] int32, histories */
  readonly inputs: tf.Tensor2D;
  /** [B, G, l + m] int32: traces and answers. */
  readonly outputs: tf.Tensor3D;
  /** [B, C, m] int32, the target first. C may be 0. */
  readonly candidates: tf.Tensor3D;
  /** [B, m] int32, the tokens of the targets. */
  readonly targets: tf.Tensor2D;
};

/** What a model thinks of outputs. */
export type OutputScores = {
  /** log π of each token of an output, [B, G, l + m], in nats. */
  readonly logProbs: tf.Tensor3D;
  /** log P(candidate | x, trace), the sum over its m tokens, [B, G, C]. */
  readonly candidates: tf.Tensor3D;
  /** s_l, the states behind the traces, [B, G, d]. */
  readonly states: tf.Tensor3D;
  /** t, [B, d]. */
  readonly targets: tf.Tensor2D;
};

/**
 * Scores outputs by a model that stands still. The encoder runs once a prompt, whose G traces stand side by side as beams; each trace is read once, and its
 * cache is shared by the C candidates and the output's own answer, which go on from it as C + 1 beams. So a candidate costs m - 1 positions in place of
 * l + m. Traceable; no gradient, no dropout.
 * @param startThink  what the outputs were sampled after
 */
export function scoreOutputs(
  { t5, networks }: ThinkingModel<tf.Tensor>,
  { inputs, outputs, candidates, targets }: OutputBatch,
  startThink: number,
): OutputScores {
  return tf.tidy(() => {
    const [batch, G, length] = outputs.shape;
    const [, C, m] = candidates.shape;
    const l = length - m;
    const written = tf.unstack(outputs, 2) as tf.Tensor2D[]; // of each position [B, G]
    const memory = decoderMemory(t5, encode(t5, inputs));

    // The traces: d_0 .. d_l, and the logits of o_1 .. o_l and of the first token of an answer.
    let step = decodeStep(t5, memory, EMPTY_CACHE, tf.fill<tf.Rank.R2>([batch, G], startThink, "int32"));
    let sum = step.states;
    const logProbs: tf.Tensor2D[] = [];
    for (const token of written.slice(0, l)) {
      logProbs.push(tokenLogProbs(step.logits, token));
      step = decodeStep(t5, memory, step.cache, token);
      sum = sum.add(step.states);
    }

    // The answers: of each trace its own and all candidates, [B, G · (1 + C)] a position.
    const own = outputs.slice([0, 0, l], [-1, -1, m]).expandDims<tf.Tensor4D>(2);
    const others = tf.tile(candidates.expandDims<tf.Tensor4D>(1), [1, G, 1, 1]);
    const answers = tf.concat([own, others], 2).reshape<tf.Tensor3D>([batch, G * (1 + C), m]);
    const ofPosition = tf.unstack(answers, 2) as tf.Tensor2D[];
    const parents = tf
      .tile(tf.range(0, G, 1, "int32").expandDims(1), [batch, 1 + C])
      .reshape<tf.Tensor2D>([batch, G * (1 + C)]);
    const first = tf.logSoftmax(step.logits).reshape<tf.Tensor2D>([batch * G, -1]);
    const scores = [
      gather<tf.Tensor2D>(first, ofPosition[0].reshape([batch * G, 1 + C]), 1, 1).reshape<tf.Tensor2D>(
        parents.shape,
      ),
    ];
    let cache = reorderCache(step.cache, parents);
    for (let position = 1; position < m; position++) {
      const next = decodeStep(t5, memory, cache, ofPosition[position - 1]);
      scores.push(tokenLogProbs(next.logits, ofPosition[position]));
      cache = next.cache;
    }
    const ofAnswers = tf.stack(scores, 2).reshape<tf.Tensor4D>([batch, G, 1 + C, m]);
    const ofOwn = ofAnswers.slice([0, 0, 0, 0], [-1, -1, 1, -1]).squeeze<tf.Tensor3D>([2]);
    return {
      logProbs: l === 0 ? ofOwn : tf.concat([tf.stack(logProbs, 2) as tf.Tensor3D, ofOwn], 2),
      candidates: ofAnswers.slice([0, 0, 1, 0], [-1, -1, C, -1]).sum<tf.Tensor3D>(3),
      states: stateOf(networks, sum),
      targets: targetVectors(t5, targets),
    };
  });
}
