import { type Cursor, cursorOver } from "./cursor";
import {
  type CheckMode,
  type Comparison,
  type Expression,
  freeSymbols,
  mapChildren,
  negated,
} from "./expression";
import { APPROXIMATELY, COMPARISONS, DIVIDED, TIMES } from "./functionNames";
import { parsePrimary, startsPrimary } from "./primaries";
import { ParseError } from "./tokens";

/**
 * Parses a normalised answer: a Pratt parser whose levels are, from loose to tight, list, relation, union, sum, product, sign, power, postfix.
 * @throws ParseError where the text is no answer in this notation
 * @see OlymMATH, checker, grammar
 */
export function parseExpression(source: string, mode: CheckMode): Expression {
  const cursor = cursorOver(source, mode);
  if (cursor.peek().kind === "end") throw new ParseError("the answer is empty");
  const parsed = parseList(cursor);
  const rest = cursor.peek();
  if (rest.kind !== "end") throw new ParseError(`"${rest.text}" is left over`);
  return withBothSigns(parsed);
}

/** item, item; item ... */
function parseList(cursor: Cursor): Expression {
  const items = parseItems(cursor);
  return items.length === 1 ? items[0] : { kind: "set", members: items, listed: true };
}

export function parseItems(cursor: Cursor): Expression[] {
  const separators = cursor.mode === "want" ? [",", ";", "lor", "vee"] : [","];
  const items = [parseRelation(cursor)];
  while (cursor.take(...separators)) {
    if (cursor.peek().kind === "end") break; // a trailing comma
    items.push(parseRelation(cursor));
  }
  return items;
}

/** a = b = c is its last part, a ≈ d is a, but d where a is a name; x ∈ S is S; the rest of the comparisons stay. */
function parseRelation(cursor: Cursor): Expression {
  const sides = [parseUnion(cursor)];
  const operators: (Comparison | "=")[] = [];
  for (;;) {
    const { kind, text } = cursor.peek();
    if (kind !== "mark" && kind !== "command") break;
    if (text === "in") {
      cursor.next();
      const range = parseUnion(cursor);
      if (operators.length > 0 && cursor.mode === "ref")
        throw new ParseError("an element of a set in a chain");
      requireNames(cursor, sides, range);
      return range;
    }
    if (APPROXIMATELY.has(text)) {
      cursor.next();
      const rounded = parseUnion(cursor);
      if (cursor.mode === "ref" && [...sides, rounded].some(isSeveral))
        throw new ParseError("an approximation of what is no number");
      if (operators.length === 0 && sides[0].kind === "symbol") return rounded; // x ≈ 1.5
      break; // behind a value the rounded one says no more
    }
    let operator: Comparison | "=" | undefined =
      text === "=" || text === "equiv" ? "=" : COMPARISONS.get(text);
    if (!operator) break;
    cursor.next();
    if ((operator === "<" || operator === ">") && cursor.take("=")) operator = `${operator}=`;
    operators.push(operator);
    sides.push(parseUnion(cursor));
  }
  if (operators.length === 0) return sides[0];
  const last = sides[sides.length - 1];
  requireNames(cursor, sides.slice(0, -1), last);
  if (operators.every((operator) => operator === "="))
    return { kind: "equation", left: sides[0], right: last };
  if (operators.includes("=")) throw new ParseError("a chain of equations and inequalities");
  return { kind: "relation", sides, operators: operators as Comparison[] };
}

/** Whether an answer is made of several values. */
export const isCollection = ({ kind }: Expression): boolean =>
  kind === "interval" || kind === "union" || kind === "intersection" || kind === "tuple" || kind === "set";

const isSeveral = (x: Expression): boolean => isCollection(x) || x.kind === "plusMinus";

/** Math-Verify lets only a name be a set or an interval, or in one. */
function requireNames(cursor: Cursor, sides: readonly Expression[], range: Expression): void {
  if (cursor.mode === "want" || !isSeveral(range)) return;
  if (sides.some(({ kind }) => kind !== "symbol"))
    throw new ParseError("an interval or a set without a name");
}

function parseUnion(cursor: Cursor): Expression {
  let left = parseSum(cursor);
  for (;;) {
    const kind = cursor.take("cup") ? "union" : cursor.take("cap") ? "intersection" : undefined;
    if (!kind) return left;
    const right = parseSum(cursor);
    left = left.kind === kind ? { kind, parts: [...left.parts, right] } : { kind, parts: [left, right] };
  }
}

export function parseSum(cursor: Cursor): Expression {
  return cursor.nested(() => {
    const terms: Expression[] = [];
    do terms.push(parseTerm(cursor));
    while (cursor.at("+", "-", "pm", "mp"));
    return terms.length === 1 ? terms[0] : { kind: "sum", terms };
  });
}

/** A product with its sign: the sign binds looser than the product, so that -2\frac{1}{3} is -(2 + 1/3). */
function parseTerm(cursor: Cursor): Expression {
  const signs: string[] = [];
  for (let sign = cursor.take("+", "-", "pm", "mp"); sign; sign = cursor.take("+", "-", "pm", "mp"))
    signs.push(sign.text);
  let value = parseProduct(cursor);
  for (const sign of signs.reverse()) {
    if (sign === "-") value = negated(value);
    else if (sign !== "+") value = { kind: "plusMinus", of: value, negative: sign === "mp" };
  }
  return value;
}

function parseProduct(cursor: Cursor): Expression {
  let value = parsePower(cursor);
  for (;;) {
    const { kind, text } = cursor.peek();
    const operator = kind === "mark" || kind === "command" ? text : "";
    if (TIMES.has(operator)) {
      cursor.next();
      if (operator === "*" && cursor.mode === "want" && cursor.take("*")) {
        value = { kind: "power", base: value, exponent: parseSigned(cursor) };
      } else value = times(value, parseSigned(cursor));
    } else if (DIVIDED.has(operator)) {
      cursor.next();
      value = { kind: "quotient", above: value, below: parseDivisor(cursor) };
    } else if (startsPrimary(cursor)) {
      // To Math-Verify 12 345 is a product.
      if (cursor.mode === "want" && kind === "number" && value.kind === "number")
        throw new ParseError("two numbers side by side");
      value = times(value, parsePower(cursor));
    } else return value;
  }
}

/** What stands behind a slash: one factor; to Math-Verify 4/3x is 4/(3x). */
function parseDivisor(cursor: Cursor): Expression {
  let value = parseSigned(cursor);
  while (cursor.mode === "ref" && startsPrimary(cursor)) value = times(value, parsePower(cursor));
  return value;
}

function times(left: Expression, right: Expression): Expression {
  const factors = left.kind === "product" ? left.factors : [left];
  return { kind: "product", factors: [...factors, right] };
}

/** A factor after an operator may have a sign: 2 \cdot -3, 2^{-1}. */
export function parseSigned(cursor: Cursor): Expression {
  if (cursor.take("-")) return negated(parseSigned(cursor));
  if (cursor.take("+")) return parseSigned(cursor);
  return parsePower(cursor);
}

/** base^exponent, from the right; an exponent of digits is the whole number. */
export function parsePower(cursor: Cursor): Expression {
  return cursor.nested(() => {
    let base = parsePrimary(cursor);
    for (;;) {
      if (cursor.take("!")) base = { kind: "call", name: "factorial", arguments: [base] };
      else if (cursor.at("%") && (cursor.mode === "want" || base.kind === "number")) {
        cursor.next();
        base = { kind: "percent", of: base };
      } else if (cursor.take("degree")) base = { kind: "degrees", of: base };
      else if (cursor.at("^")) {
        cursor.next();
        if (takeDegreeSign(cursor)) base = { kind: "degrees", of: base };
        else return powerOf(base, parseSigned(cursor));
      } else return base;
    }
  });
}

/** e^x is the exponential, x^{1/n} the root: both have a domain of their own. */
function powerOf(base: Expression, exponent: Expression): Expression {
  if (base.kind === "constant" && base.name === "e")
    return { kind: "call", name: "exp", arguments: [exponent] };
  return { kind: "power", base, exponent };
}

/** `\circ` or `{\circ}` behind the caret. */
function takeDegreeSign(cursor: Cursor): boolean {
  if (cursor.take("circ")) return true;
  const start = cursor.mark();
  if (cursor.take("{") && cursor.take("circ") && cursor.take("}")) return true;
  cursor.reset(start);
  return false;
}

/** The answer with every ± as a set of its two readings, which flip all signs together. */
function withBothSigns(x: Expression): Expression {
  let found = false;
  const read = (part: Expression, flip: boolean): Expression => {
    const inner = mapChildren(part, (child) => read(child, flip));
    if (inner.kind !== "plusMinus") return inner;
    found = true;
    return inner.negative === flip ? inner.of : negated(inner.of);
  };
  const expand = (part: Expression): Expression[] => {
    const upper = read(part, false);
    if (!found) return [part];
    found = false;
    return [upper, read(part, true)];
  };
  if (x.kind === "set") {
    const members = x.members.flatMap(expand);
    return members.length === x.members.length ? x : { ...x, members };
  }
  if (x.kind === "equation") {
    const values = expand(x.right);
    if (values.length === 1) return x;
    return { kind: "set", members: values.map((right) => ({ ...x, right })), listed: true };
  }
  const values = expand(x);
  return values.length === 1 ? values[0] : { kind: "set", members: values, listed: true };
}

/** The equation's variable: its left side where that is one symbol. */
export function assignedSymbol(x: Expression): string | undefined {
  if (x.kind !== "equation") return undefined;
  const [name, ...others] = freeSymbols(x.left);
  return x.left.kind === "symbol" && others.length === 0 ? name : undefined;
}
