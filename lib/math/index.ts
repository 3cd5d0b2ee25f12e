export { type CheckOptions, checkAnswer, type Verdict } from "./answers/check";
export { type Extraction, type ExtractOptions, extractAnswer } from "./answers/extract";
export { LONGEST_ANSWER, type Reading, readAnswer } from "./answers/read";
export { type Cluster, clusterAnswers, consensus, expectedConsensus } from "./consensus";
export type { CheckMode } from "./expressions/expression";
export { passAtK } from "./passAtK";
