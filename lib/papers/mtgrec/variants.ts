import type { Ablation, Variant } from "../../experiment/experiment";
import { MODELS, type MtgRecConfig } from "./config";

type Variants = readonly Variant<MtgRecConfig>[];

const METRICS = ["NDCG@10", "Recall@10", "NDCG@5", "Recall@5", "validation NDCG@10"];

const MODEL_VARIANTS: Variants = MODELS.map((model) => ({
  name: model === "MTGRec" ? "full" : model,
  label: model,
  change: { model },
}));

const FULL = MODEL_VARIANTS[MODEL_VARIANTS.length - 1];
const TIGER_PLUS_PLUS = MODEL_VARIANTS.find(({ label }) => label === "TIGER++")!;

const SINGLE: Variants[number] = { name: "single", label: "w/o multi-identifier", change: { tokenizers: 1 } };
const UNTUNED: Variants[number] = {
  name: "untuned",
  label: "w/o fine-tuning",
  change: { fineTuning: false },
};

/**
 * What is compared. `single`, the control, goes the same way as MTGRec, with the same number of updates, but with one tokenizer.
 */
export const ABLATIONS = {
  models: { title: "Models (table 2)", metrics: METRICS, variants: MODEL_VARIANTS },
  main: {
    title: "MTGRec and what it is compared with, and no more",
    metrics: METRICS,
    variants: [FULL, SINGLE, UNTUNED, TIGER_PLUS_PLUS],
  },
  components: {
    title: "What MTGRec consists of (table 3), and what it is compared with",
    metrics: METRICS,
    variants: [
      FULL,
      { name: "uniform", label: "w/o curriculum", change: { curriculum: "uniform" } },
      { name: "unrelated", label: "unrelated tokenizers", change: { relation: "unrelated" } },
      SINGLE,
      UNTUNED,
      TIGER_PLUS_PLUS,
    ],
  },
  backbones: {
    title: "Other tokenizers (table 4)",
    metrics: METRICS,
    variants: [
      { name: "TIGER", label: "TIGER", change: { model: "TIGER" } },
      { name: "onTIGER", label: "TIGER + MTGRec", change: { backbone: "TIGER" } },
      { name: "LETTER", label: "LETTER", change: { model: "LETTER" } },
      { name: "onLETTER", label: "LETTER + MTGRec", change: { backbone: "LETTER" } },
      TIGER_PLUS_PLUS,
      { name: "full", label: "MTGRec", change: {} },
    ],
  },
  tokenizers: {
    title: "Number of tokenizers n (figure 3)",
    metrics: METRICS,
    variants: [1, 2, 4, 8].map((tokenizers) => ({
      name: `n${tokenizers}`,
      label: `n = ${tokenizers}`,
      change: { tokenizers },
    })),
  },
  temperature: {
    title: "Temperature of the chances (figure 4)",
    metrics: METRICS,
    variants: [0.1, 0.3, 1, 3, 10].map((temperature) => ({
      name: `tau${temperature}`,
      label: `τ = ${temperature}`,
      change: { temperature },
    })),
  },
  depth: {
    title: "Depth of the T5 (figure 2)",
    metrics: METRICS,
    variants: [1, 2, 3].flatMap((layers) => [
      {
        name: `TIGER++L${layers}`,
        label: `TIGER++, ${layers} + ${layers} layers`,
        change: { model: "TIGER++", layers },
      },
      { name: `fullL${layers}`, label: `MTGRec, ${layers} + ${layers} layers`, change: { layers } },
    ]),
  },
} as const satisfies Record<string, Ablation<MtgRecConfig>>;

export type AblationName = keyof typeof ABLATIONS;
