import { evaluationContext, NoNumber } from "../../evaluation/context";
import { sameValue } from "../../evaluation/equality";
import { type Expression, mapChildren } from "../../expressions/expression";
import { parseExpression } from "../../expressions/parser";
import { ParseError } from "../../expressions/tokens";
import { isInteger, NotDefined, TooLarge } from "../../numbers/rational";
import { Undetermined } from "../../numbers/real";
import { mathNotation, sameNotation } from "./mathNormalizer";

/**
 * Whether two answers are equal to the grader of PRM800K, as its description has it: in the notation of MATH, or else part by part as values. Tuples and intervals are
 * parted at their commas, their brackets must be the same. To a whole number only a whole number is equal, not what has its value; of two
 * fractions both must be the same as written, so that one that is not in lowest terms is refused. A decimal is the fraction that it writes.
 *
 * The algebra system behind it is this library's: its grammar without the checker's own reading of Chinese, words and Unicode, and exact values.
 * @see Lightman et al. 2023, Let's Verify Step by Step, grading of answers; OlymMATH, checkers to compare with
 */
export function sameToPrm800k(gold: string, prediction: string): boolean {
  if (sameNotation(gold, prediction)) return true;
  const [left, right] = [partsOf(mathNotation(gold)), partsOf(mathNotation(prediction))];
  return (
    left.brackets === right.brackets &&
    left.parts.length === right.parts.length &&
    left.parts.every((part, k) => samePart(part, right.parts[k]))
  );
}

/** What stands between commas in a pair of brackets that has none inside; else the whole. */
function partsOf(text: string): { brackets: string; parts: string[] } {
  const [, open, inside, close] = /^([([])([^()[\]]*,[^()[\]]*)([)\]])$/.exec(text) ?? [];
  return inside === undefined
    ? { brackets: "", parts: [text] }
    : { brackets: open + close, parts: inside.split(",") };
}

function samePart(gold: string, prediction: string): boolean {
  try {
    const [left, right] = [exactly(gold), exactly(prediction)];
    if (isWhole(left) !== isWhole(right)) return false;
    const [fraction, other] = [fractionOf(left), fractionOf(right)];
    if (fraction && other) return fraction.above === other.above && fraction.below === other.below;
    return sameValue(left, right, evaluationContext("want")).equal;
  } catch (error) {
    const known = [ParseError, NotDefined, TooLarge, NoNumber, Undetermined];
    if (!known.some((kind) => error instanceof kind)) throw error;
    return false;
  }
}

const THOUSANDS = /^\s*-?\d{1,3}(?:,\d{3})+\s*$/;

/** The text as an expression whose decimals are fractions. @throws ParseError, TooLarge */
function exactly(text: string): Expression {
  const plain = THOUSANDS.test(text) ? text.replaceAll(",", "") : text;
  const withoutPlaces = (x: Expression): Expression =>
    x.kind === "number" ? { kind: "number", value: x.value } : mapChildren(x, withoutPlaces);
  return withoutPlaces(parseExpression(plain, "ref"));
}

/** A whole number in digits, a point and zeros allowed. */
const isWhole = (x: Expression): boolean => x.kind === "number" && isInteger(x.value);

/** A fraction of whole numbers as it is written, its sign with what stands above. */
function fractionOf(x: Expression): { above: bigint; below: bigint } | undefined {
  if (x.kind === "product" && x.factors.length === 2) {
    const [sign, rest] = x.factors;
    const inner = fractionOf(rest);
    const negative = sign.kind === "number" && sign.value.n === -1n && sign.value.d === 1n;
    return inner && negative ? { above: -inner.above, below: inner.below } : undefined;
  }
  if (x.kind !== "quotient" || x.above.kind !== "number" || x.below.kind !== "number") return undefined;
  const [above, below] = [x.above.value, x.below.value];
  return isInteger(above) && isInteger(below) ? { above: above.n, below: below.n } : undefined;
}
