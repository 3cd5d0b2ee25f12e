import { createRandom } from "../../data/random";
import type { T5 } from "../../recsys/generative/t5Parameters";
import { identifier } from "../../recsys/generative/tokenMap";
import type { SequentialDataset } from "../../recsys/sequences";
import { refuseHeldOut } from "../../recsys/split";
import { compile, tf } from "../../tensor";
import { type DirectOpinion, directOpinions } from "./directOpinions";
import { type HistoryOptions, targetTokens } from "./historyBatches";
import { negativeDraw } from "./negatives";
import { type OutputBatch, scoreOutputs } from "./outputScores";
import {
  formatReward,
  likelihoodReward,
  matchReward,
  type Rewards,
  type RewardWeights,
  rankReward,
  similarityReward,
} from "./rewards";
import type { ThinkingModel } from "./states";
import type { StreamTokens } from "./tokens";

export interface RewardScorerOptions extends HistoryOptions {
  /** l */
  readonly steps: number;
  /** G */
  readonly samples: number;
  /** B, cases a batch: every batch has this many. */
  readonly prompts: number;
  readonly weights: RewardWeights;
  /** N, of the reward of the rank. */
  readonly negatives: number;
  /** The negatives that are drawn come from it. */
  readonly seed: number;
}

/** Sampled outputs. */
export interface OutputRound {
  /** [B] events to predict. */
  readonly cases: Int32Array;
  /** [B, P] int32, their histories. */
  readonly inputs: tf.Tensor2D;
  /** [B, G, l + m] int32 */
  readonly outputs: tf.Tensor3D;
}

export type JudgedOutputs = {
  /** [B · G] */
  readonly rewards: Rewards[];
  /** [B · G · (l + m)] log π_ref of every token, in nats. */
  readonly referenceLogProbs: Float32Array;
};

export interface RewardScorer {
  /**
   * @param round  from 0; another round, other negatives
   * @throws Error where a case is held out: rewards read the label; or a likelihood is not finite
   */
  judge(outputs: OutputRound, round: number): JudgedOutputs;
  dispose(): void;
}

/** Names the stream of random numbers that draws negatives. */
const NEGATIVES = 301;

/**
 * What outputs are worth. Similarity, likelihood and rank depend on an output's trace alone; they are those of the trace's first output in its group, so that
 * equal traces have equal rewards to the last bit. Where neither likelihood nor rank has a weight, the direct model is not asked.
 * @param judge   the model of stage 2, frozen: the reference, whose states and likelihoods the rewards are made of
 * @param direct  a trained TIGER, which must stay as it is
 */
export function rewardScorer(
  judge: ThinkingModel<tf.Tensor>,
  direct: T5<tf.Tensor>,
  dataset: SequentialDataset,
  tokens: StreamTokens,
  { steps: l, samples: G, prompts: B, weights, negatives: N, seed, windowLength, user }: RewardScorerOptions,
): RewardScorer {
  const m = tokens.digits;
  const width = judge.t5.options.dimensions;
  const length = l + m;
  const isRanked = weights.rank > 0;
  const isCompared = weights.likelihood > 0;
  const C = isRanked ? 1 + N : isCompared ? 1 : 0; // candidates a trace
  const draw = isRanked ? negativeDraw(tokens, N) : undefined;
  // One more beam than hard negatives: the target may be among them.
  const beams = isRanked ? Math.floor(N / 2) + 1 : 1;
  const opinions =
    isRanked || isCompared
      ? directOpinions(direct, dataset, tokens, { beams, batchSize: B, windowLength, user })
      : undefined;
  const program = compile((batch: OutputBatch) => scoreOutputs(judge, batch, tokens.startThink), {
    name: "scores of outputs",
    xla: false,
  });

  /** The target's identifier and those of its negatives, case by case. @returns [B, C, m] */
  function candidatesOf(cases: Int32Array, known: readonly DirectOpinion[], round: number): Int32Array {
    const random = createRandom(seed, NEGATIVES, round);
    const candidates = new Int32Array(B * C * m);
    if (C === 0) return candidates;
    cases.forEach((event, row) => {
      const target = dataset.itemIds[event];
      const items = [target, ...(draw?.(target, known[row].items, random) ?? [])];
      items.forEach((item, k) => {
        candidates.set(identifier(tokens.map, item), (row * C + k) * m);
      });
    });
    return candidates;
  }

  return {
    judge({ cases, inputs, outputs }, round) {
      refuseHeldOut(dataset, cases);
      const known = opinions?.of(cases) ?? [];
      const targets = targetTokens(dataset, cases, tokens);
      const written = outputs.dataSync<"int32">();
      const scores = tf.tidy(() => {
        const found = program({
          inputs,
          outputs,
          candidates: tf.tensor3d(candidatesOf(cases, known, round), [B, C, m], "int32"),
          targets: tf.tensor2d(targets, [B, m], "int32"),
        });
        return {
          logProbs: found.logProbs.dataSync<"float32">(),
          candidates: found.candidates.dataSync(),
          states: found.states.dataSync(),
          targets: found.targets.dataSync(),
        };
      });

      /** What an output is worth but for its own answer. @param at its number among all B · G */
      function ofTrace(at: number): Pick<Rewards, "similarity" | "likelihood" | "rank"> {
        const row = Math.floor(at / G);
        const [likelihood, ...ofNegatives] = scores.candidates.subarray(at * C, (at + 1) * C);
        if (C > 0 && !Number.isFinite(likelihood))
          throw new Error(
            `The likelihood of event ${cases[row]} after a trace is ${likelihood}: has the model of stage 2 diverged?`,
          );
        const state = scores.states.subarray(at * width, (at + 1) * width);
        const t = scores.targets.subarray(row * width, (row + 1) * width);
        return {
          similarity: weights.similarity > 0 ? similarityReward(state, t) : 0,
          likelihood: isCompared ? likelihoodReward(likelihood, known[row].likelihood, m) : 0,
          rank: isRanked ? rankReward(likelihood, ofNegatives) : 0,
        };
      }

      const rewards: Rewards[] = [];
      for (let row = 0; row < B; row++) {
        const target = targets.subarray(row * m, (row + 1) * m);
        const firsts = new Map<string, ReturnType<typeof ofTrace>>();
        for (let at = row * G; at < (row + 1) * G; at++) {
          const output = written.subarray(at * length, (at + 1) * length);
          const trace = output.subarray(0, l).join();
          const shared = firsts.get(trace) ?? ofTrace(at);
          firsts.set(trace, shared);
          const answer = output.subarray(l);
          rewards.push({
            format: formatReward(tokens, answer),
            match: matchReward(answer, target),
            ...shared,
          });
        }
      }
      return { rewards, referenceLogProbs: scores.logProbs };
    },
    dispose() {
      program.dispose();
      opinions?.dispose();
    },
  };
}
