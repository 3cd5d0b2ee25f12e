import { type CheckMode, describe, type Expression } from "../expressions/expression";
import { parseExpression } from "../expressions/parser";
import { ParseError } from "../expressions/tokens";
import { TooLarge } from "../numbers/rational";
import { normalizeRef, plainReadings } from "./normalizeRef";
import { normalizeWant } from "./normalizeWant";

/** Longer answers are refused. @see OlymMATH, checker, safety */
export const LONGEST_ANSWER = 2000;

const WORDS_ONLY = /^\s*\\text\s*\{[^{}]*\}\s*$/;

/** An answer as it was read: mathematics, or the words it consists of. */
export interface Reading {
  readonly mode: CheckMode;
  readonly source: string;
  /** What the answer is after normalisation and parsing, in one line. */
  readonly canon: string;
  readonly expression?: Expression;
  /** Why it is read as words. */
  readonly problem?: string;
}

/**
 * Reads an answer. What is no mathematics is kept as its words.
 * @throws RangeError above 2,000 characters
 */
export function readAnswer(source: string, mode: CheckMode): Reading {
  if (source.length > LONGEST_ANSWER)
    throw new RangeError(`an answer of ${source.length} characters; at most ${LONGEST_ANSWER} are read`);
  const text = mode === "want" ? normalizeWant(source) : normalizeRef(source);
  if (WORDS_ONLY.test(text)) return { mode, source, canon: wordsOf(text), problem: "words" };
  try {
    const expression = parseExpression(text, mode);
    return { mode, source, canon: describe(expression), expression };
  } catch (error) {
    if (!(error instanceof ParseError || error instanceof TooLarge)) throw error;
    const plain = mode === "ref" ? plainReading(source) : undefined;
    if (plain) return { mode, source, canon: describe(plain), expression: plain, problem: error.message };
    return { mode, source, canon: wordsOf(text), problem: error.message };
  }
}

/** Math-Verify looks for plain arithmetic and numbers in what it cannot parse. */
function plainReading(source: string): Expression | undefined {
  for (const text of plainReadings(source)) {
    try {
      return parseExpression(text, "ref");
    } catch (error) {
      if (!(error instanceof ParseError || error instanceof TooLarge)) throw error;
    }
  }
  return undefined;
}

/** The words without case, markup and space. */
export function wordsOf(text: string): string {
  return text
    .replace(/\\(?:text|mbox|mathrm|textbf|mathbf|operatorname)(?![A-Za-z])/g, "")
    .replace(/[\s{}$.~]|\\[ ,;:!]/g, "")
    .toLowerCase();
}
