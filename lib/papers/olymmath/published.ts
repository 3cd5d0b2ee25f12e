/** Scores in percent that the authors published for the first version: means over 10 samples, o3-mini-high over 3. @see OlymMATH v1, tables of results */
export interface PublishedScores {
  readonly model: string;
  readonly "EN-EASY": number;
  readonly "EN-HARD": number;
  readonly "ZH-EASY": number;
  readonly "ZH-HARD": number;
  readonly AIME24: number;
}

/** What a table says beside these scores. */
export const PUBLISHED_SOURCE =
  "OlymMATH, arXiv 2503.21380v1: Pass@1 over 10 samples, of o3-mini-high over 3, before three golds of the hard tier were corrected on 2025-06-01";

export const PUBLISHED: readonly PublishedScores[] = [
  {
    model: "R1-Distill-Qwen-32B",
    "EN-EASY": 66.7,
    "EN-HARD": 13.6,
    "ZH-EASY": 38.5,
    "ZH-HARD": 5.4,
    AIME24: 72.6,
  },
  { model: "QwQ-32B", "EN-EASY": 78.1, "EN-HARD": 18.5, "ZH-EASY": 68.9, "ZH-HARD": 12.1, AIME24: 79.5 },
  { model: "DeepSeek-R1", "EN-EASY": 80.0, "EN-HARD": 21.2, "ZH-EASY": 71.3, "ZH-HARD": 16.1, AIME24: 79.8 },
  { model: "o3-mini-high", "EN-EASY": 89.7, "EN-HARD": 30.3, "ZH-EASY": 88.2, "ZH-HARD": 27.2, AIME24: 87.3 },
];
