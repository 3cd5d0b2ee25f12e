import { evaluationContext, NoNumber } from "../evaluation/context";
import type { CheckMode } from "../expressions/expression";
import { NotDefined, TooLarge } from "../numbers/rational";
import { Undetermined } from "../numbers/real";
import { type ComparePath, compareAnswers } from "./compare";
import { LONGEST_ANSWER, type Reading, readAnswer, wordsOf } from "./read";

/** What the checker found, and how. */
export interface Verdict {
  equal: boolean;
  mode: CheckMode;
  /** What decided: the canonical forms, a layer of values, a shape, words, or that there was nothing to compare. */
  path: ComparePath | "canonical" | "text" | "empty" | "refused" | "undecided";
  reason: string;
  goldCanon: string;
  predCanon: string;
}

export interface CheckOptions {
  /** `ref` gives Math-Verify's verdicts, for numbers beside the paper's; `want` is stricter where it errs and kinder where it cannot read. */
  mode: CheckMode;
}

/**
 * Whether a prediction is the gold answer. Always ends with a verdict: what is too long, too deep or too large to be evaluated is not equal,
 * and says why. The same pair always gets the same verdict: work is counted in steps, not in time.
 *
 * @param gold        the reference answer, LaTeX without `$`
 * @param prediction  the extracted answer; see `extractAnswer`
 * @see OlymMATH (arXiv 2503.21380), rule-based evaluation; Math-Verify for `ref`
 */
export function checkAnswer(gold: string, prediction: string, { mode }: CheckOptions): Verdict {
  const verdict = (
    equal: boolean,
    path: Verdict["path"],
    reason: string,
    goldCanon = "",
    predCanon = "",
  ): Verdict => ({ equal, mode, path, reason, goldCanon, predCanon });
  const [target, answer] = [gold.trim(), prediction.trim()];
  if (target === "" || answer === "") {
    // Math-Verify finds two empty answers equal: such clusters can win a vote.
    return verdict(mode === "ref" && target === answer, "empty", "an empty answer");
  }
  for (const [side, text] of [
    ["gold", target],
    ["prediction", answer],
  ] as const) {
    if (text.length > LONGEST_ANSWER)
      return verdict(
        false,
        "refused",
        `the ${side} has ${text.length} characters; at most ${LONGEST_ANSWER} are read`,
      );
  }
  const [left, right] = [readAnswer(target, mode), readAnswer(answer, mode)];
  const { equal, path, reason } = compareReadings(left, right);
  return verdict(equal, path, reason, left.canon, right.canon);
}

function compareReadings(gold: Reading, prediction: Reading): Pick<Verdict, "equal" | "path" | "reason"> {
  if (!gold.expression || !prediction.expression) {
    // An unfinished formula is not the gold because its letters are; a word is.
    const words = !gold.expression || /^[A-Za-z ]+$/.test(gold.source);
    const equal = words && wordsOf(gold.source) === wordsOf(prediction.source);
    const problem = prediction.expression ? gold.problem : prediction.problem;
    return { equal, path: "text", reason: equal ? "the same words" : `read as words: ${problem}` };
  }
  if (gold.canon === prediction.canon && !gold.canon.includes("…"))
    return { equal: true, path: "canonical", reason: "the same expression" };
  try {
    const { equal, path } = compareAnswers(
      gold.expression,
      prediction.expression,
      evaluationContext(gold.mode),
    );
    return { equal, path, reason: equal ? `equal by ${path}` : `different by ${path}` };
  } catch (error) {
    const known = [NotDefined, TooLarge, NoNumber, Undetermined].some((kind) => error instanceof kind);
    if (!known) throw error;
    return { equal: false, path: "undecided", reason: `not decided: ${(error as Error).message}` };
  }
}
