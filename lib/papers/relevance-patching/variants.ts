import type { Ablation, Variant } from "../../experiment/experiment";
import type { RelevanceConfig } from "./config";

type Variants = readonly Variant<RelevanceConfig>[];

const METRICS = ["AUC", "order accuracy", "gap", "pairs", "discovery pairs", "test pairs"];

const MAIN: Variants[number] = { name: "DQI", label: "document, query, instruction", change: {} };

/** Pairs that a weak model barely tells apart are patched all the same: their effects are shown in logits, not normalised. */
const ANY_MARGIN = { margin: 0.05 } as const;

/** What is compared. */
export const ABLATIONS = {
  main: { title: "The main format", metrics: METRICS, variants: [MAIN] },
  formats: {
    title: "Formats of the prompt",
    metrics: METRICS,
    variants: [
      MAIN,
      { name: "QDI", label: "query, document, instruction", change: { order: "QDI" } },
      { name: "IDQ", label: "instruction, document, query", change: { order: "IDQ" } },
      { name: "pairwise", label: "two documents", change: { judgement: "pairwise", ...ANY_MARGIN } },
      { name: "reversed", label: "yes means no", change: { format: "reversed" } },
      { name: "capital", label: "“Yes” and “No”", change: { answers: "Yes" } },
    ],
  },
  data: {
    title: "Data",
    metrics: METRICS,
    variants: [
      MAIN,
      { name: "hard", label: "hard negatives only", change: { negatives: "hard" } },
      { name: "nq", label: "Natural Questions", change: { dataset: "nq", negatives: "hard" } },
    ],
  },
  circuit: {
    title: "A small transformer trained on a task whose circuit is known",
    metrics: ["accuracy", "recovered", "recovered, wrong", "recovered, empty", "recovered, identity"],
    variants: [{ name: "trained", label: "trained circuit", change: { study: "trained circuit" } }],
  },
} as const satisfies Record<string, Ablation<RelevanceConfig>>;

export type AblationName = keyof typeof ABLATIONS;
