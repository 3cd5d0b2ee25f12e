import { adam, type Schedule } from "../../optim";
import type { T5 } from "../../recsys/generative/t5Parameters";
import type { SequentialDataset } from "../../recsys/sequences";
import { refuseHeldOut } from "../../recsys/split";
import { eventLoop } from "../../recsys/stepping";
import type { Average } from "../../rl";
import { compile, keptWeights, tf } from "../../tensor";
import { disposeThinking, frozenThinking } from "./frozen";
import type { HistoryOptions } from "./historyBatches";
import { type OutputGroup, outputSampler } from "./outputSampler";
import { groupLoss, groupTensors, type OutputGroups, UPDATE_MEASURES, updateBy } from "./policyUpdate";
import { rewardScorer } from "./rewardScorer";
import { type RewardWeights, rewardWeights } from "./rewards";
import type { ThinkingModel } from "./states";
import type { StreamTokens } from "./tokens";

/** What stage 3 works with. */
export interface ReinforcementTask {
  /** Stage 2's; its T5 is trained in place, its networks stay. */
  readonly model: ThinkingModel;
  /** A trained TIGER, which stays as it is. */
  readonly direct: T5<tf.Tensor>;
  readonly dataset: SequentialDataset;
  readonly tokens: StreamTokens;
}

export interface ReinforcementOptions extends HistoryOptions {
  /** l, thinking tokens. */
  readonly steps: number;
  /** Batches of samples to learn from. */
  readonly updates: number;
  /** B, cases a batch. */
  readonly prompts: number;
  /** G, outputs of each case. Default 8. */
  readonly samples?: number;
  readonly learningRate: number | Schedule;
  /** Of the gradient's global norm. Default 1. */
  readonly clipNorm?: number;
  /** ε. Default 0.2. */
  readonly clip?: number;
  /** β, of the term that keeps the model near stage 2's. Default 0.04. */
  readonly klWeight?: number;
  /** Default `sequence`. */
  readonly average?: Average;
  /** Steps of the optimiser on each batch; with 1 the ratio is 1 and nothing is ever clipped. Default 1. */
  readonly updatesPerBatch?: number;
  /** Default: 1 each. */
  readonly rewardWeights?: Partial<RewardWeights>;
  /** N, of the reward of the rank. Default 31. */
  readonly negatives?: number;
  /** Replace cases whose outputs are all worth the same by others, for as many rounds. true: 10. Default false. */
  readonly dynamicSampling?: boolean | number;
  /** Training cases: the events to predict. */
  readonly cases: Int32Array;
  readonly seed: number;
  /** How good the model is now; larger is better. Absent: the last weights stay. */
  readonly validate?: () => number;
  /** Validate after every so many updates, and after the last. Default 10. */
  readonly validateEvery?: number;
  readonly onUpdate?: (record: UpdateRecord) => void;
  /** Ends the training after the running update. */
  readonly signal?: AbortSignal;
}

/** An update, as it was before the weights moved. Rewards are means over all outputs sampled; those of weight 0 that would take a model are 0. */
export interface UpdateRecord {
  /** From 1. */
  readonly update: number;
  /** Of the weighted sums. */
  readonly reward: number;
  /** The mean over groups of their standard deviations. */
  readonly deviation: number;
  readonly format: number;
  readonly match: number;
  readonly similarity: number;
  readonly likelihood: number;
  readonly rank: number;
  /** The share of the outputs that name no item. */
  readonly parseErrors: number;
  /** The share of the groups whose rewards are all equal: they teach nothing. */
  readonly equalShare: number;
  /** Groups sampled; more than there are prompts only with dynamic sampling. */
  readonly groups: number;
  readonly loss: number;
  /** k3 to stage 2's model, nats a token. */
  readonly kl: number;
  /** k3 to the policy that sampled, nats a token, at the last step on the batch; up to rounding 0 with one step. */
  readonly oldKl: number;
  readonly clipShare: number;
  /** Nats a token. */
  readonly entropy: number;
}

export interface Reinforcement {
  readonly history: readonly UpdateRecord[];
  /** What was validated, in order. */
  readonly validations: readonly { readonly update: number; readonly value: number }[];
  /** The update whose weights the model now has: the best validated one, or the last. */
  readonly bestUpdate: number;
  /** False where the signal cut it short. */
  readonly complete: boolean;
}

/** Rounds of sampling an update with dynamic sampling. */
const MOST_ROUNDS = 10;

/**
 * Stage 3: GRPO. The model samples G outputs of l + m tokens for each of B cases, at temperature 1 over the whole vocabulary: what is no item costs a reward. Outputs
 * of one case are compared with each other, and the better ones become likelier. Reference, and model of the rewards, is what stage 2 has left.
 * All is a pure function of weights, data and seed.
 * @throws Error where a case is held out, a batch's loss or a likelihood is not finite; RangeError where an option is out of its range
 * @see STREAM-Rec, arXiv:2504.09627, stage 3; Shao et al. 2024, DeepSeekMath, arXiv:2402.03300
 */
export async function reinforce(
  { model, direct, dataset, tokens }: ReinforcementTask,
  options: ReinforcementOptions,
): Promise<Reinforcement> {
  const {
    steps,
    updates,
    prompts,
    samples = 8,
    learningRate,
    clipNorm = 1,
    clip = 0.2,
    klWeight = 0.04,
  } = options;
  const { average = "sequence", updatesPerBatch = 1, negatives = 31, dynamicSampling = false } = options;
  const { cases, seed, windowLength, user, validate, validateEvery = 10, signal } = options;
  for (const [name, value] of Object.entries({ updates, prompts, updatesPerBatch, validateEvery }))
    if (!Number.isInteger(value) || value < 1)
      throw new RangeError(`reinforce: ${name} must be a positive whole number; got ${value}.`);
  refuseHeldOut(dataset, cases);
  const weights = rewardWeights(options.rewardWeights);
  const shared = { steps, samples, prompts, weights, windowLength, user, seed };

  const reference = frozenThinking(model);
  const scorer = rewardScorer(reference, direct, dataset, tokens, { ...shared, negatives });
  const sampler = outputSampler(model.t5, scorer, dataset, tokens, {
    ...{ ...shared, cases, mostRounds: dynamicSampling === true ? MOST_ROUNDS : dynamicSampling || 0 },
  });
  const optimizer = adam(model.t5.weights, { learningRate, clipNorm });
  const step = compile(
    (groups: OutputGroups) =>
      updateBy(optimizer, () =>
        groupLoss(model.t5, groups, tokens.startThink, { epsilon: clip, klWeight, average }),
      ),
    { name: "STREAM-Rec, stage 3", xla: false },
  );

  /** Updates by a batch. @returns the measures of the first step, and of the last one how far it has come from the policy that sampled */
  function learn(groups: readonly OutputGroup[]): Pick<UpdateRecord, (typeof UPDATE_MEASURES)[number]> {
    const none = { loss: 0, kl: 0, oldKl: 0, clipShare: 0, entropy: 0 };
    if (groups.length === 0) return none; // nothing to learn from, and the moments should not move the weights on
    const [first, last] = tf.tidy(() => {
      const batch = groupTensors(groups, { prompts, samples });
      const made = Array.from({ length: updatesPerBatch }, () => step(batch));
      return [made[0], made[made.length - 1]].map((measures) => measures.dataSync());
    });
    const named = (values: ArrayLike<number>) =>
      Object.fromEntries(UPDATE_MEASURES.map((name, k) => [name, values[k]])) as typeof none;
    const { oldKl, clipShare } = named(last);
    return { ...named(first), oldKl, clipShare };
  }

  const history: UpdateRecord[] = [];
  const validations: { update: number; value: number }[] = [];
  const best = keptWeights(optimizer.parameters);
  let bestUpdate = 0;
  let bestValidation = Number.NEGATIVE_INFINITY;
  let complete = true;
  try {
    for (let update = 1; update <= updates; update++) {
      if (signal?.aborted) {
        complete = false;
        break;
      }
      const { groups, measures } = sampler.next();
      const learnt = learn(groups);
      if (!Number.isFinite(learnt.loss))
        throw new Error(
          `STREAM-Rec, stage 3: the loss of update ${update} is ${learnt.loss}: lower the learning rate.`,
        );
      const record: UpdateRecord = { update, ...measures, ...learnt };
      history.push(record);
      options.onUpdate?.(record);
      if (validate === undefined) bestUpdate = update;
      else if (update % validateEvery === 0 || update === updates) {
        const value = validate();
        validations.push({ update, value });
        if (bestUpdate === 0 || value > bestValidation) {
          [bestUpdate, bestValidation] = [update, value];
          best.keep();
        }
      }
      await eventLoop();
    }
    return { history, validations, bestUpdate, complete };
  } finally {
    best.restore();
    for (const made of [best, sampler, scorer, step, optimizer]) made.dispose();
    disposeThinking(reference);
  }
}
