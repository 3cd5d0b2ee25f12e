import type { Ablation, Variant } from "../../experiment/experiment";
import type { OlymMathConfig } from "./config";

type Variants = readonly Variant<OlymMathConfig>[];

const METRICS = [
  ...["pass@1 EN", "pass@1 ZH", "gap", "cons@n EN", "cons@n ZH", "pass@n EN"],
  ...["guess rate EN", "boxed EN", "truncated EN"],
];

const MAIN: Variants[number] = { name: "main", label: "3% in Chinese, T = 0.6", change: {} };

/** What is compared. */
export const ABLATIONS = {
  main: { title: "The in-house model on generated problems", metrics: METRICS, variants: [MAIN] },
  language: {
    title: "Share of Chinese in the training problems",
    metrics: METRICS,
    variants: [
      MAIN,
      { name: "tenth", label: "a tenth in Chinese", change: { chinese: 0.1 } },
      { name: "equal", label: "half in Chinese", change: { chinese: 0.5 } },
      { name: "none", label: "nothing in Chinese", change: { chinese: 0 } },
    ],
  },
  temperature: {
    title: "Temperature of sampling",
    metrics: METRICS,
    variants: [
      MAIN,
      { name: "greedy", label: "T = 0", change: { temperature: 0 } },
      { name: "hot", label: "T = 1", change: { temperature: 1 } },
    ],
  },
  length: {
    title: "Tokens that a solution may have",
    metrics: METRICS,
    variants: [MAIN, { name: "short", label: "at most 32 tokens", change: { maxTokens: 32 } }],
  },
  shortcuts: {
    title: "Shortcuts in the training solutions",
    metrics: METRICS,
    variants: [MAIN, { name: "careful", label: "no shortcuts", change: { shortcuts: 0 } }],
  },
} as const satisfies Record<string, Ablation<OlymMathConfig>>;

export type AblationName = keyof typeof ABLATIONS;
