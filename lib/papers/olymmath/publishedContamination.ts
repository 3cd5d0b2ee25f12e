import type { Language } from "./problems/problem";

/** How far a model foretells two benchmarks better than the same in other words: (original - rewritten) / original, in percent. */
export interface PublishedContamination {
  readonly model: string;
  readonly language: Language;
  readonly OlymMATH: number;
  readonly PolyMath: number;
}

/** What a table says beside them. */
export const CONTAMINATION_SOURCE =
  "OlymMATH, arXiv 2503.21380: 5 places in each problem, 5-grams, 3 rewritings; PolyMath is another benchmark of problems in many languages";

/** None of them was measured here. @see OlymMATH, data leakage */
export const PUBLISHED_CONTAMINATION: readonly PublishedContamination[] = [
  { model: "Qwen2.5-7B", language: "EN", OlymMATH: 17.59, PolyMath: 38.81 },
  { model: "Qwen2.5-7B", language: "ZH", OlymMATH: 3.42, PolyMath: 10.27 },
  { model: "InternLM2-Math-7B", language: "EN", OlymMATH: 0.9, PolyMath: 34.84 },
  { model: "InternLM2-Math-7B", language: "ZH", OlymMATH: 0.88, PolyMath: 12.29 },
];
