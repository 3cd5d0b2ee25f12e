import type { Ablation, Variant } from "../../experiment/experiment";
import { MODELS, type StreamRecConfig } from "./config";

type Variants = readonly Variant<StreamRecConfig>[];

const METRICS = ["NDCG@10", "Recall@10", "NDCG@5", "Recall@5", "validation NDCG@10"];

const MODEL_VARIANTS: Variants = MODELS.map((model) => ({
  name: model === "STREAM-Rec" ? "full" : model,
  label: model,
  change: { model },
}));

const FULL = MODEL_VARIANTS[MODEL_VARIANTS.length - 1];
const TIGERS: Variants = MODEL_VARIANTS.filter(({ name }) => name.startsWith("TIGER"));
const STAGE_1: Variants[number] = { name: "stage1", label: "stage 1 alone", change: { stage: 1 } };
const SFT: Variants[number] = { name: "sft", label: "stages 1 and 2", change: { stage: 2 } };

/** The numbers of thinking tokens that are compared. */
export const STEPS = [0, 2, 4, 6, 8] as const;

/** What is compared. TIGER makes as many updates as all stages of STREAM-Rec together. */
export const ABLATIONS = {
  models: { title: "Models", metrics: METRICS, variants: MODEL_VARIANTS },
  stages: {
    title: "Stages, and what they are compared with",
    metrics: METRICS,
    variants: [...TIGERS, STAGE_1, SFT, FULL],
  },
  traces: {
    title: "What stage 2 learns to think",
    metrics: METRICS,
    variants: [
      SFT,
      { name: "once", label: "annotated once", change: { stage: 2, annotated: "once" } },
      { name: "similar", label: "similar items", change: { stage: 2, traces: "similar" } },
      { name: "random", label: "random codes", change: { stage: 2, traces: "random" } },
    ],
  },
  losses: {
    title: "Losses of stage 2",
    metrics: METRICS,
    variants: [
      SFT,
      { name: "no-contrast", label: "w/o contrast", change: { stage: 2, contrastWeight: 0 } },
      { name: "no-quantisation", label: "w/o quantisation", change: { stage: 2, quantisationWeight: 0 } },
      { name: "no-preference", label: "w/o preference", change: { stage: 2, preferenceWeight: 0 } },
    ],
  },
  rewards: {
    title: "Rewards of stage 3",
    metrics: METRICS,
    variants: [
      FULL,
      { name: "no-format", label: "w/o format", change: { formatReward: 0 } },
      { name: "no-match", label: "w/o match", change: { matchReward: 0 } },
      { name: "no-similarity", label: "w/o similarity", change: { similarityReward: 0 } },
      { name: "no-likelihood", label: "w/o likelihood", change: { likelihoodReward: 0 } },
      { name: "no-rank", label: "w/o rank", change: { rankReward: 0 } },
    ],
  },
  steps: {
    title: "Thinking tokens l",
    metrics: METRICS,
    variants: STEPS.map((steps) => ({
      name: `l${steps}`,
      label: `l = ${steps}`,
      change: { stage: 2, steps },
    })),
  },
  decoding: {
    title: "How STREAM-Rec decodes",
    metrics: METRICS,
    variants: [
      FULL,
      { name: "joint", label: "thinking part of the search", change: { mode: "think-joint" } },
    ],
  },
} as const satisfies Record<string, Ablation<StreamRecConfig>>;

export type AblationName = keyof typeof ABLATIONS;
