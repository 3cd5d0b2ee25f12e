import { createRandom } from "../../data/random";
import type { T5 } from "../../recsys/generative/t5Parameters";
import { sampleT5 } from "../../recsys/generative/t5Sampling";
import type { SequentialDataset } from "../../recsys/sequences";
import { collectGroups, groupMetrics, type RewardedGroup } from "../../rl";
import { compile, tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { type HistoryOptions, historyTokens } from "./historyBatches";
import type { RewardScorer } from "./rewardScorer";
import { REWARDS, type RewardName, type Rewards, type RewardWeights, totalReward } from "./rewards";
import type { StreamTokens } from "./tokens";

/** The G outputs of a case, and all that an update reads of them. */
export interface GroupOutputs {
  /** [P] */
  readonly inputs: Int32Array;
  /** [G · T] */
  readonly outputs: Int32Array;
  /** [G · T] log π_old and log π_ref of each token, in nats. */
  readonly oldLogProbs: Float32Array;
  readonly referenceLogProbs: Float32Array;
}

export type OutputGroup = RewardedGroup<GroupOutputs>;

/** Means over all outputs of an update, those thrown away included. */
export type SampleMeasures = Readonly<
  Record<RewardName | "reward" | "deviation" | "parseErrors" | "equalShare" | "groups", number>
>;

export interface OutputSamplerOptions extends HistoryOptions {
  /** l */
  readonly steps: number;
  /** G */
  readonly samples: number;
  /** B, cases a round. */
  readonly prompts: number;
  readonly weights: RewardWeights;
  /** Training cases. */
  readonly cases: Int32Array;
  /** Of dynamic sampling; 0: one round, whose groups are all kept. */
  readonly mostRounds: number;
  readonly seed: number;
}

/** Samples outputs of case after case, each pass over them in another order, and has them judged. It reads the weights anew at every call. */
export interface OutputSampler {
  /** The groups of the next update, at most B. */
  next(): { readonly groups: readonly OutputGroup[]; readonly measures: SampleMeasures };
  dispose(): void;
}

/** Names the stream of random numbers that orders the cases. */
const ORDER = 302;

/** @throws Error where there are no cases */
export function outputSampler(
  model: T5<tf.Tensor>,
  scorer: RewardScorer,
  dataset: SequentialDataset,
  tokens: StreamTokens,
  { steps, samples: G, prompts: B, weights, cases, mostRounds, seed, ...window }: OutputSamplerOptions,
): OutputSampler {
  if (cases.length === 0) throw new Error("outputSampler: there are no cases.");
  const T = steps + tokens.digits;
  const key = Rng.key(seed);
  const sample = compile(
    (inputs: tf.Tensor2D, round: tf.Scalar) =>
      sampleT5(model, inputs, { start: tokens.startThink, steps: T, samples: G }, Rng.foldIn(key, round)),
    { name: "samples of STREAM-Rec, stage 3", xla: false },
  );
  const nextCases = caseStream(cases, seed);
  let round = 0;

  function judged(): { readonly groups: OutputGroup[]; readonly rewards: readonly Rewards[] } {
    const own = Int32Array.from({ length: B }, nextCases);
    const histories = historyTokens(dataset, own, tokens, window);
    const P = histories.length / B;
    const { rewards, referenceLogProbs, written, oldLogProbs } = tf.tidy(() => {
      const inputs = tf.tensor2d(histories, [B, P], "int32");
      const { tokens: outputs, logProbs } = sample(inputs, tf.scalar(round, "int32"));
      return {
        ...scorer.judge({ cases: own, inputs, outputs }, round),
        written: outputs.dataSync<"int32">(),
        oldLogProbs: logProbs.dataSync<"float32">(),
      };
    });
    round++;
    const groups = Array.from(own, (_, row) => {
      const [start, end] = [row * G * T, (row + 1) * G * T];
      return {
        rewards: rewards.slice(row * G, (row + 1) * G).map((each) => totalReward(each, weights)),
        outputs: {
          inputs: histories.subarray(row * P, (row + 1) * P),
          outputs: written.subarray(start, end),
          oldLogProbs: oldLogProbs.subarray(start, end),
          referenceLogProbs: referenceLogProbs.subarray(start, end),
        },
      };
    });
    return { groups, rewards };
  }

  return {
    next() {
      const dynamic = mostRounds > 0;
      const collector = collectGroups<GroupOutputs>({ groups: B, dynamic, mostRounds: mostRounds || 1 });
      const totals: ArrayLike<number>[] = [];
      const all: Rewards[] = [];
      while (collector.wantsMore) {
        const { groups, rewards } = judged();
        collector.add(groups);
        totals.push(...groups.map((group) => group.rewards));
        all.push(...rewards);
      }
      const { groups, sampled } = collector.result();
      const { mean, deviation, equalShare } = groupMetrics(
        totals.flatMap((each) => Array.from(each)),
        G,
      );
      return {
        groups,
        measures: { reward: mean, deviation, ...meansOf(all), equalShare, groups: sampled },
      };
    },
    dispose() {
      sample.dispose();
      key.dispose();
    },
  };
}

/** Case after case, without an end. */
function caseStream(cases: Int32Array, seed: number): () => number {
  let order = new Int32Array(0);
  let [at, pass] = [0, 0];
  return () => {
    if (at === order.length) {
      order = createRandom(seed, ORDER, pass++).shuffle(cases.slice());
      at = 0;
    }
    return order[at++];
  };
}

function meansOf(all: readonly Rewards[]): Record<RewardName | "parseErrors", number> {
  const mean = (name: RewardName) => all.reduce((sum, each) => sum + each[name], 0) / all.length;
  const means = Object.fromEntries(REWARDS.map((name) => [name, mean(name)])) as Record<RewardName, number>;
  return { ...means, parseErrors: Math.abs(means.format) };
}
