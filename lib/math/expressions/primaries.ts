import { add, divide, power, rational } from "../numbers/rational";
import { parseCommand } from "./commands";
import type { Cursor } from "./cursor";
import { type Expression, integer } from "./expression";
import { DIVIDED, FRACTIONS, FUNCTIONS, TIMES } from "./functionNames";
import { parsePower, parseSigned } from "./parser";
import { parseBrackets } from "./shapes";
import { ParseError, type Token } from "./tokens";

/** Numbers, letters, text; what opens a bracket or is a command goes on to their own files. */

const OPENING = new Set(["(", "[", "{", "|"]);
const LATER = new Set([
  ..."cdot times ast div colon cup cap in le leq leqslant leqq ge geq geqslant geqq ne neq lt gt approx approxeq".split(
    " ",
  ),
  ..."simeq doteq equiv pm mp over choose } rfloor rceil rvert rangle end degree circ lor vee % rbrace".split(
    " ",
  ),
]);

/** Whether a factor may begin here, with no operator before it. */
export function startsPrimary(cursor: Cursor): boolean {
  const { kind, text } = cursor.peek();
  if (kind === "end") return false;
  if (kind === "mark") return OPENING.has(text) && !cursor.closers.has(text);
  return kind !== "command" || !LATER.has(text);
}

export function parsePrimary(cursor: Cursor): Expression {
  const token = cursor.peek();
  switch (token.kind) {
    case "number":
      return parseNumber(cursor);
    case "letter":
      return parseLetter(cursor);
    case "text":
      cursor.next();
      // Math-Verify reads words as symbols; by the stricter policy an answer is words or mathematics.
      if (cursor.mode === "want") throw new ParseError(`"${token.text}" among mathematics`);
      return { kind: "symbol", name: token.text };
    case "command":
      return cursor.at("{", "langle") || cursor.at("lfloor", "lceil", "lvert", "|", "lbrace")
        ? parseBrackets(cursor)
        : parseCommand(cursor);
    case "mark":
      if (OPENING.has(token.text) || (token.text === "]" && cursor.mode === "want"))
        return parseBrackets(cursor);
      throw new ParseError(`"${token.text}" where a value should be`);
    default:
      throw new ParseError("the answer ends where a value should be");
  }
}

/** 12, 0.84, 0.1\dot{6}; a whole number before a fraction of whole numbers is a mixed number. */
function parseNumber(cursor: Cursor): Expression {
  const token = cursor.next();
  const value = numberOf(token);
  if (/^\d+$/.test(token.text) && !token.repeating) {
    const fraction = mixedFraction(cursor);
    if (fraction && value.kind === "number") return { kind: "number", value: add(value.value, fraction) };
  }
  return value;
}

export function numberOf({ text, repeating }: Token): Expression {
  const [mantissa, exponent] = text.toLowerCase().split("e");
  const [whole, places = ""] = mantissa.split(".");
  const scale = 10n ** BigInt(places.length);
  const value = rational(BigInt(whole + places), scale);
  if (repeating) {
    // 0.1(6) = 0.1 + 6 / (9 · 10)
    const tail = rational(BigInt(repeating), (10n ** BigInt(repeating.length) - 1n) * scale);
    return { kind: "number", value: add(value, tail) };
  }
  const shift = exponent === undefined ? 0 : Number(exponent);
  const scaled = shift === 0 ? value : add(rational(0), timesPowerOfTen(value, shift));
  if (!mantissa.includes(".") && shift >= 0) return { kind: "number", value: scaled };
  const digits = (whole + places).replace(/^0+/, "").length;
  return { kind: "number", value: scaled, decimal: { places: places.length - shift, digits } };
}

function timesPowerOfTen(value: { n: bigint; d: bigint }, shift: number): { n: bigint; d: bigint } {
  return divide(value, power(rational(10), BigInt(-shift)));
}

/** The fraction of a mixed number, 2\frac{1}{3} or 2 1/3, if one stands here. */
function mixedFraction(cursor: Cursor): { n: bigint; d: bigint } | undefined {
  const start = cursor.mark();
  const token = cursor.peek();
  let parts: [Token, Token] | undefined;
  if (token.kind === "command" && FRACTIONS.has(token.text)) {
    cursor.next();
    const [above, below] = [wholeArgument(cursor), wholeArgument(cursor)];
    if (above && below) parts = [above, below];
  } else if (cursor.mode === "want" && token.kind === "number" && token.spaced) {
    const above = cursor.next();
    if (cursor.take("/") && cursor.peek().kind === "number") parts = [above, cursor.next()];
  }
  if (parts?.every(({ text }) => /^\d+$/.test(text)) && !/^0+$/.test(parts[1].text)) {
    const fraction = rational(BigInt(parts[0].text), BigInt(parts[1].text));
    const proper = fraction.n > 0n && fraction.n < fraction.d;
    if (proper || cursor.mode === "ref") return fraction;
  }
  cursor.reset(start);
  return undefined;
}

/** {12} or one digit. */
function wholeArgument(cursor: Cursor): Token | undefined {
  if (!cursor.take("{")) return cursor.peek().kind === "number" ? cursor.takeDigit() : undefined;
  const token = cursor.next();
  return token.kind === "number" && cursor.take("}") ? token : undefined;
}

/** x, x_1, e, i; C_n^k and A_n^k count subsets and arrangements. */
function parseLetter(cursor: Cursor): Expression {
  const { text } = cursor.next();
  if (cursor.mode === "want" && (text === "C" || text === "A" || text === "P") && cursor.at("_")) {
    const counted = parseCounting(cursor, text);
    if (counted) return counted;
  }
  if (cursor.at("_")) return { kind: "symbol", name: `${text}_${parseSubscript(cursor)}` };
  if (text === "e" || text === "i") return { kind: "constant", name: text };
  return { kind: "symbol", name: text };
}

function parseCounting(cursor: Cursor, letter: string): Expression | undefined {
  const start = cursor.mark();
  cursor.next();
  const n = parseScript(cursor);
  if (n && cursor.take("^")) {
    const k = parseScript(cursor);
    if (k) return { kind: "call", name: letter === "C" ? "binomial" : "arrangements", arguments: [n, k] };
  }
  cursor.reset(start);
  return undefined;
}

/** A whole number as an index: {10} or 6. */
function parseScript(cursor: Cursor): Expression | undefined {
  const token = wholeArgument(cursor);
  return token && integer(BigInt(token.text));
}

/** The text of a subscript: a letter, a number, or what stands in braces. */
export function parseSubscript(cursor: Cursor): string {
  cursor.expect("_");
  if (!cursor.take("{")) return cursor.next().text;
  const parts: string[] = [];
  for (let depth = 1; ; ) {
    const token = cursor.next();
    if (token.kind === "end") throw new ParseError("a subscript without its end");
    // To Math-Verify \min and \max are functions, and here without their arguments.
    if (cursor.mode === "ref" && token.kind === "command" && /^(?:min|max)$/.test(token.text))
      throw new ParseError(`\\${token.text} in a subscript`);
    if (token.kind === "mark" && token.text === "{") depth++;
    if (token.kind === "mark" && token.text === "}" && --depth === 0) return parts.join("");
    parts.push(token.text);
  }
}

/**
 * The argument of a function without brackets: factors side by side, up to an operator or the next function. Math-Verify goes on behind
 * operators: \arccos 1/8 is arccos(1/8).
 */
export function parseFactors(cursor: Cursor): Expression {
  const factors = [parsePower(cursor)];
  while (startsPrimary(cursor) && !cursor.at("(", "[") && !startsFunction(cursor))
    factors.push(parsePower(cursor));
  let value: Expression = factors.length === 1 ? factors[0] : { kind: "product", factors };
  while (cursor.mode === "ref" && cursor.at(...TIMES, ...DIVIDED) && !startsFunction(cursor, 1)) {
    const divided = DIVIDED.has(cursor.next().text);
    const next = parseSigned(cursor);
    value = divided
      ? { kind: "quotient", above: value, below: next }
      : { kind: "product", factors: [value, next] };
  }
  return value;
}

function startsFunction(cursor: Cursor, ahead = 0): boolean {
  const { kind, text } = cursor.peek(ahead);
  return kind === "command" && (FUNCTIONS.has(text) || text === "log" || text === "lg");
}
