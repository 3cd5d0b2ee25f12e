import type { Ablation, Variant } from "../../experiment/experiment";
import { MODELS, type UtgRecConfig } from "./config";

type Variants = readonly Variant<UtgRecConfig>[];

const METRICS = ["NDCG@10", "Recall@10", "NDCG@5", "Recall@5", "validation NDCG@10"];

const MODEL_VARIANTS: Variants = MODELS.map((model) => ({
  name: model === "UTGRec" ? "full" : model,
  label: model,
  change: { model },
}));

const FULL = MODEL_VARIANTS[MODEL_VARIANTS.length - 1];

const REC_SCRATCH: Variants[number] = {
  name: "rec-scratch",
  label: "w/o recommender pre-training",
  change: { recommenderPretraining: false },
};

const REGIMES: Variants = [
  { name: "no-adapt", label: "w/o tokenizer adaptation", change: { adaptation: "none" } },
  { name: "free-E", label: "codebooks adapted as a whole", change: { adaptation: "free" } },
  REC_SCRATCH,
  {
    name: "all-scratch",
    label: "w/o any pre-training",
    change: { tokenizerPretraining: false, recommenderPretraining: false, adaptation: "free" },
  },
];

/** What is compared: a control differs from UTGRec in one thing, and makes as many updates on the target. */
export const ABLATIONS = {
  models: { title: "Models (table 2)", metrics: METRICS, variants: MODEL_VARIANTS },
  main: {
    title: "UTGRec, how it is transferred, and what it is compared with, and no more",
    metrics: METRICS,
    variants: [FULL, ...REGIMES, ...MODEL_VARIANTS.filter(({ label }) => /^(TIGER|LETTER)$/.test(label))],
  },
  components: {
    title: "What UTGRec consists of (table 3)",
    metrics: METRICS,
    variants: [
      FULL,
      ...REGIMES,
      { name: "flat-books", label: "w/o tree-structured codebooks", change: { books: "flat" } },
      { name: "plain-VQ", label: "w/o factorised codebooks", change: { factorised: false } },
      { name: "no-align", label: "w/o co-occurring alignment", change: { alignmentWeight: 0 } },
      { name: "no-corec", label: "w/o co-occurring reconstruction", change: { coReconstructionWeight: 0 } },
    ],
  },
  updates: {
    title: "How long the recommender from scratch trains",
    metrics: METRICS,
    variants: [
      FULL,
      REC_SCRATCH,
      {
        name: "rec-scratch-all",
        label: "w/o recommender pre-training, as many updates in all",
        change: { ...REC_SCRATCH.change, scratchUpdates: "in all" },
      },
    ],
  },
  depth: {
    title: "Depth of the T5",
    metrics: METRICS,
    variants: [1, 2, 3].flatMap((layers) => [
      {
        name: `TIGER-L${layers}`,
        label: `TIGER, ${layers} + ${layers} layers`,
        change: { model: "TIGER", layers },
      },
      { name: `full-L${layers}`, label: `UTGRec, ${layers} + ${layers} layers`, change: { layers } },
    ]),
  },
} as const satisfies Record<string, Ablation<UtgRecConfig>>;

export type AblationName = keyof typeof ABLATIONS;
