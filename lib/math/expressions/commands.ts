import type { Cursor } from "./cursor";
import { type Expression, type FunctionName, integer, negated } from "./expression";
import { FRACTIONS, FUNCTIONS, INVERSES, SYMBOLS } from "./functionNames";
import { parseItems, parsePower, parseSigned } from "./parser";
import { numberOf, parseFactors, parsePrimary, parseSubscript } from "./primaries";
import { parseMatrix } from "./shapes";
import { ParseError } from "./tokens";

/** What a backslash begins: fractions, roots, functions, sums, constants. */
export function parseCommand(cursor: Cursor): Expression {
  const { text } = cursor.next();
  const want = cursor.mode === "want";
  if (FRACTIONS.has(text))
    return { kind: "quotient", above: parseArgument(cursor), below: parseArgument(cursor) };
  if (text === "binom" || (want && (text === "tbinom" || text === "dbinom")))
    return { kind: "call", name: "binomial", arguments: [parseArgument(cursor), parseArgument(cursor)] };
  if (text === "sqrt") return parseRoot(cursor);
  const name = FUNCTIONS.get(text);
  if (name) return parseFunction(cursor, name);
  if (text === "log") return parseLogarithm(cursor);
  if (text === "lg" && want)
    return { kind: "call", name: "log", arguments: [integer(10), parseFactors(cursor)] };
  if (text === "sum" || text === "prod") return parseSeries(cursor, text === "sum" ? "sum" : "product");
  if (text === "pi") return { kind: "constant", name: "pi" };
  if (text === "infty") return { kind: "infinity", negative: false };
  if (text === "mathbb" || text === "R") return parseNumberSet(cursor, text);
  if (text === "emptyset" || text === "varnothing") return { kind: "set", members: [], listed: false };
  if (text === "begin") return parseMatrix(cursor);
  if (text === "overline" && want) throw new ParseError("a bar over what is no repeating decimal");
  if (SYMBOLS.has(text)) return parseNamed(cursor, text);
  throw new ParseError(`\\${text} is no part of an answer`);
}

/** \angle A, \theta_1: a name, with what belongs to it. */
function parseNamed(cursor: Cursor, text: string): Expression {
  if (text === "angle" || text === "triangle") {
    let letters = "";
    while (cursor.peek().kind === "letter") letters += cursor.next().text;
    return { kind: "symbol", name: `${text} ${letters}` };
  }
  return { kind: "symbol", name: cursor.at("_") ? `${text}_${parseSubscript(cursor)}` : text };
}

/** {...}, or one token: a digit of a number, a letter, a command. What stands behind it belongs to the whole command. */
function parseArgument(cursor: Cursor): Expression {
  if (cursor.peek().kind === "number") return numberOf(cursor.takeDigit());
  return parsePrimary(cursor);
}

/** \sqrt{x}, \sqrt[n]{x}; without braces the root of the whole number. */
function parseRoot(cursor: Cursor): Expression {
  let degree: Expression = integer(2);
  if (cursor.take("[")) {
    degree = parseSigned(cursor);
    cursor.expect("]");
  }
  const radicand = cursor.peek().kind === "number" ? numberOf(cursor.next()) : parseGroup(cursor);
  return { kind: "root", radicand, degree };
}

/** Brackets or one value, without a power behind it. */
function parseGroup(cursor: Cursor): Expression {
  const { kind, text } = cursor.peek();
  if (kind === "mark" && (text === "{" || text === "(")) {
    cursor.next();
    const [value, ...more] = parseItems(cursor);
    cursor.expect(text === "{" ? "}" : ")");
    if (more.length > 0) throw new ParseError("a list where one value should be");
    return value;
  }
  return parsePower(cursor);
}

function parseFunction(cursor: Cursor, name: FunctionName): Expression {
  let [called, exponent]: [FunctionName, Expression | undefined] = [name, undefined];
  if (cursor.take("^")) {
    exponent = parseSigned(cursor);
    const inverse = INVERSES.get(name);
    if (inverse && exponent.kind === "number" && exponent.value.n === -1n && exponent.value.d === 1n) {
      [called, exponent] = [inverse, undefined];
    }
  }
  const call: Expression = { kind: "call", name: called, arguments: parseArguments(cursor) };
  return exponent ? { kind: "power", base: call, exponent } : call;
}

function parseArguments(cursor: Cursor): Expression[] {
  if (!cursor.take("(")) return [parseFactors(cursor)];
  const items = parseItems(cursor);
  cursor.expect(")");
  return items;
}

/** \log_b x; without a base the natural one, as in Math-Verify. */
function parseLogarithm(cursor: Cursor): Expression {
  if (!cursor.take("_")) return { kind: "call", name: "ln", arguments: parseArguments(cursor) };
  const base = cursor.peek().kind === "number" ? numberOf(cursor.takeDigit()) : parsePower(cursor);
  const natural = base.kind === "constant" && base.name === "e";
  if (natural && cursor.mode === "ref") throw new ParseError("\\log_e is not read");
  const [argument] = parseArguments(cursor);
  if (natural) return { kind: "call", name: "ln", arguments: [argument] };
  return { kind: "call", name: "log", arguments: [base, argument] };
}

/** \sum_{k=1}^{n} term */
function parseSeries(cursor: Cursor, operator: "sum" | "product"): Expression {
  cursor.expect("_");
  cursor.expect("{");
  const index = cursor.next();
  cursor.expect("=");
  const from = parseSigned(cursor);
  cursor.expect("}");
  cursor.expect("^");
  const to = parseSigned(cursor);
  if (index.kind !== "letter") throw new ParseError("a sum without its index");
  return { kind: "series", operator, index: index.text, from, to, body: parseFactors(cursor) };
}

/** The real line. */
function parseNumberSet(cursor: Cursor, text: string): Expression {
  let letter = text;
  if (text === "mathbb") {
    const braced = cursor.take("{");
    letter = cursor.next().text;
    if (braced) cursor.expect("}");
  }
  if (letter !== "R") throw new ParseError(`the set ${letter} is no part of an answer`);
  const infinity: Expression = { kind: "infinity", negative: false };
  return { kind: "interval", low: negated(infinity), high: infinity, lowOpen: true, highOpen: true };
}
