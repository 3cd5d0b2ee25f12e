import { evaluationContext } from "../evaluation/context";
import type { CheckMode, Expression } from "../expressions/expression";
import { type ComparePath, compareAnswers } from "./compare";
import { isEvaluationError, isReversed, isUndefined } from "./domain";
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

type Finding = Pick<Verdict, "equal" | "path" | "reason">;

function compareReadings(gold: Reading, prediction: Reading): Finding {
  if (!gold.expression || !prediction.expression) return compareWords(gold, prediction);
  try {
    if (gold.canon === prediction.canon && !gold.canon.includes("…"))
      return sameExpression(gold.expression, gold.mode);
    return compareExpressions(gold.expression, prediction.expression, gold.mode);
  } catch (error) {
    if (!isEvaluationError(error)) throw error;
    return { equal: false, path: "undecided", reason: `not decided: ${error.message}` };
  }
}

/** Whether an answer can be compared: words, or mathematics that has a value. What is empty, unfinished or too long cannot. */
export function isComparable(answer: string, mode: CheckMode): boolean {
  const text = answer.trim();
  if (text.length > LONGEST_ANSWER) return false;
  const reading = readAnswer(text, mode);
  return reading.expression ? sameExpression(reading.expression, mode).equal : isWords(reading);
}

/**
 * Answers of which one at least is no mathematics. An unfinished formula is not a finished one because its letters are; a word is, whether it is
 * marked as text or not. Math-Verify compares the letters whenever it cannot read the gold.
 */
function compareWords(gold: Reading, prediction: Reading): Finding {
  const neither = !gold.expression && !prediction.expression;
  const comparable =
    gold.mode === "want"
      ? neither || isWords(gold.expression ? prediction : gold)
      : !gold.expression || /^[A-Za-z ]+$/.test(gold.source);
  const equal = comparable && wordsOf(gold.source) === wordsOf(prediction.source);
  const problem = prediction.expression ? gold.problem : prediction.problem;
  return { equal, path: "text", reason: equal ? "the same words" : `read as words: ${problem}` };
}

/** What is written as text, or has nothing but letters. */
function isWords({ source, problem }: Reading): boolean {
  return problem === "words" || /^\p{L}+$/u.test(wordsOf(source));
}

/** By the stricter policy only what has a value is equal to itself. */
function sameExpression(x: Expression, mode: CheckMode): Finding {
  const context = evaluationContext(mode);
  if (mode === "want" && isUndefined(x, context))
    return { equal: false, path: "undecided", reason: "not decided: the value is not defined" };
  return unlessReversed({ equal: true, path: "canonical", reason: "the same expression" }, [x], mode);
}

function compareExpressions(gold: Expression, prediction: Expression, mode: CheckMode): Finding {
  const { equal, path } = compareAnswers(gold, prediction, evaluationContext(mode));
  const finding = { equal, path, reason: equal ? `equal by ${path}` : `different by ${path}` };
  return unlessReversed(finding, [gold, prediction], mode);
}

/** By the stricter policy an interval that runs backwards is equal to none. */
function unlessReversed(finding: Finding, sides: readonly Expression[], mode: CheckMode): Finding {
  const isFault = (x: Expression) => isReversed(x, evaluationContext(mode));
  if (!finding.equal || mode === "ref" || !sides.some(isFault)) return finding;
  return { equal: false, path: "interval", reason: "an interval from the larger end to the smaller" };
}
