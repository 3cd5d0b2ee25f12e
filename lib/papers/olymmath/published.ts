/* Scores in percent that the authors published. None of them was measured here. */
import { FIELDS, type Field, SET_NAMES, type SetName } from "./problems/problem";

/** A model's scores on a set: those of each field, and over all problems. */
export interface PublishedFieldScores extends Readonly<Record<Field, number>> {
  readonly set: SetName;
  readonly model: string;
  readonly measure: "Pass@1" | "Cons@10";
  readonly all: number;
}

/** A model's Pass@1 on each set, and on another benchmark. */
export interface PublishedScores extends Readonly<Record<SetName, number>> {
  readonly model: string;
  readonly AIME24: number;
}

/** What a table says beside the scores of the first version. */
export const PUBLISHED_SOURCE =
  "OlymMATH, arXiv 2503.21380v1: Pass@1 over 10 samples, of o3-mini-high over 3, before three golds of the hard tier were corrected on 2025-06-01";

/** In the order of the fields, then over all problems. */
type Scores = readonly [number, number, number, number, number];

const MODELS = ["R1-Distill-Qwen-32B", "QwQ-32B", "DeepSeek-R1", "o3-mini-high"] as const;

/** Each model's Pass@1 and Cons@10; 3 samples have no vote of 10. @see OlymMATH v1, tables of results by field */
const BY_SET: Readonly<Record<SetName, readonly (readonly [Scores, Scores?])[]>> = {
  "EN-EASY": [
    [
      [73.6, 69.1, 88.5, 48.3, 66.7],
      [92, 97, 92.3, 58.6, 84],
    ],
    [
      [84.8, 79.7, 83.8, 67.9, 78.1],
      [96, 100, 92.3, 79.3, 92],
    ],
    [
      [88.4, 84.8, 90.8, 62.4, 80],
      [100, 97, 92.3, 75.9, 91],
    ],
    [[90, 89.4, 100, 85.1, 89.7]],
  ],
  "EN-HARD": [
    [
      [17.2, 18.8, 17.6, 0.8, 13.6],
      [36, 20, 24, 0, 20],
    ],
    [
      [25.6, 18.4, 24.8, 5.2, 18.5],
      [36, 12, 24, 4, 19],
    ],
    [
      [32.8, 28.8, 19.2, 4, 21.2],
      [48, 36, 24, 4, 28],
    ],
    [[24, 32.7, 44.7, 20, 30.3]],
  ],
  "ZH-EASY": [
    [
      [45.2, 40.3, 54.6, 23.4, 38.5],
      [56, 57.6, 61.5, 31, 50],
    ],
    [
      [76.8, 73.3, 87.7, 48.6, 68.9],
      [92, 97, 92.3, 62.1, 85],
    ],
    [
      [79.2, 74.8, 93.1, 50.7, 71.3],
      [92, 90.9, 100, 65.5, 85],
    ],
    [[88, 92.4, 96.2, 79.9, 88.2]],
  ],
  "ZH-HARD": [
    [
      [5.6, 6.8, 8, 1.2, 5.4],
      [4, 8, 12, 0, 6],
    ],
    [
      [19.6, 12.4, 15.2, 1.2, 12.1],
      [16, 12, 24, 0, 13],
    ],
    [
      [21.6, 24.4, 16.8, 1.6, 16.1],
      [20, 36, 20, 0, 19],
    ],
    [[22, 26, 48.7, 12, 27.2]],
  ],
};

/** @see OlymMATH v1, comparison of benchmarks */
const AIME24 = [72.6, 79.5, 79.8, 87.3];

export const PUBLISHED_FIELDS: readonly PublishedFieldScores[] = SET_NAMES.flatMap((set) =>
  BY_SET[set].flatMap(([pass, vote], at) => [
    fieldScores(set, MODELS[at], "Pass@1", pass),
    ...(vote === undefined ? [] : [fieldScores(set, MODELS[at], "Cons@10", vote)]),
  ]),
);

function fieldScores(
  set: SetName,
  model: string,
  measure: PublishedFieldScores["measure"],
  scores: Scores,
): PublishedFieldScores {
  const fields = Object.fromEntries(FIELDS.map((field, at) => [field, scores[at]])) as Record<Field, number>;
  return { set, model, measure, ...fields, all: scores[FIELDS.length] };
}

export const PUBLISHED: readonly PublishedScores[] = MODELS.map((model, at) => {
  const scores = Object.fromEntries(SET_NAMES.map((set) => [set, BY_SET[set][at][0][FIELDS.length]]));
  return { model, ...(scores as Record<SetName, number>), AIME24: AIME24[at] };
});

/** More samples help far more than a vote among them. */
export interface PublishedSampling {
  readonly model: string;
  readonly set: SetName;
  readonly "Pass@1": number;
  readonly "Pass@4": number;
  readonly "Pass@16": number;
  readonly "Pass@64": number;
  readonly "Cons@64": number;
}

export const SAMPLING_SOURCE = "OlymMATH, arXiv 2503.21380v3: R1-Distill models of three sizes, 64 samples";

/** @see OlymMATH v3, Pass@k and Cons@k of R1-Distill models */
export const PUBLISHED_SAMPLING: readonly PublishedSampling[] = (
  [
    ["1.5B", "EN-EASY", 16, 37.5, 62.2, 78, 32],
    ["1.5B", "EN-HARD", 1.5, 5.1, 14.2, 30, 0],
    ["7B", "EN-EASY", 47.5, 78.4, 91.8, 97, 77],
    ["7B", "EN-HARD", 11.1, 29.6, 53.4, 74, 22],
    ["32B", "EN-EASY", 67.3, 90.8, 97.4, 100, 89],
    ["32B", "EN-HARD", 16.9, 38.7, 59, 75, 25],
  ] as const
).map(([size, set, one, four, sixteen, all, vote]) => ({
  ...{ model: `R1-Distill-Qwen-${size}`, set },
  ...{ "Pass@1": one, "Pass@4": four, "Pass@16": sixteen, "Pass@64": all, "Cons@64": vote },
}));
