import { sameDouble } from "./doublePrecision";
import { sameString } from "./exactString";
import { sameNotation } from "./mathNormalizer";
import { sameToPrm800k } from "./prm800k";

/** Whether a prediction is the gold answer. */
export type AnswerChecker = (gold: string, prediction: string) => boolean;

/** The checkers that others use, to compare ours with. @see OlymMATH, checkers to compare with */
export const BASELINE_CHECKERS = {
  "same string": sameString,
  "MATH's normaliser": sameNotation,
  "PRM800K's grader": sameToPrm800k,
  "double precision": sameDouble,
} as const satisfies Readonly<Record<string, AnswerChecker>>;
