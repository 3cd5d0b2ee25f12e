import type { Cursor } from "./cursor";
import type { Expression } from "./expression";
import { BRACKET_FUNCTIONS } from "./functionNames";
import { isCollection, parseItems, parseSum } from "./parser";
import { ParseError } from "./tokens";

/** Brackets: groups, intervals, tuples, sets, absolute values, matrices. */
export function parseBrackets(cursor: Cursor): Expression {
  const open = cursor.next();
  if (open.kind === "mark" && open.text === "{") return parseGroup(cursor);
  switch (open.text) {
    case "{":
    case "lbrace":
      return parseSet(cursor);
    case "|":
      return within(cursor, ["|"], () => {
        const inside = parseSum(cursor);
        cursor.expect("|");
        return { kind: "call", name: "absolute", arguments: [inside] };
      });
    case "langle":
      return { kind: "tuple", members: itemsUpTo(cursor, "rangle") };
    case "(":
    case "[":
    case "]":
      return parseInterval(cursor, open.text);
    default: {
      const { name, close } = BRACKET_FUNCTIONS.get(open.text)!;
      return { kind: "call", name, arguments: itemsUpTo(cursor, close) };
    }
  }
}

function itemsUpTo(cursor: Cursor, close: string): Expression[] {
  return within(cursor, [], () => {
    const items = parseItems(cursor);
    cursor.expect(close);
    return items;
  });
}

/** Reads with other marks as closing ones. */
function within<T>(cursor: Cursor, closers: readonly string[], read: () => T): T {
  const outer = cursor.closers;
  cursor.closers = new Set(closers);
  const value = read();
  cursor.closers = outer;
  return value;
}

/** {value}, {a \over b}, {n \choose k}; a list in braces is a set, to Math-Verify an interval too. */
function parseGroup(cursor: Cursor): Expression {
  return within(cursor, [], () => {
    const items = parseItems(cursor);
    if (items.length === 1 && cursor.at("over", "choose")) {
      const operator = cursor.next().text;
      const below = parseSum(cursor);
      cursor.expect("}");
      if (operator === "over") return { kind: "quotient", above: items[0], below };
      return { kind: "call", name: "binomial", arguments: [items[0], below] };
    }
    cursor.expect("}");
    if (items.length === 1 && !(cursor.mode === "ref" && isCollection(items[0]))) return items[0];
    return { kind: "set", members: items, listed: false };
  });
}

function parseSet(cursor: Cursor): Expression {
  return within(cursor, [], () => {
    if (cursor.take("}", "rbrace")) return { kind: "set", members: [], listed: false };
    const members = parseItems(cursor);
    if (!cursor.take("}", "rbrace")) throw new ParseError('a set without its "\\}"');
    return { kind: "set", members, listed: false };
  });
}

/** (value), an interval of two ends with any mix of brackets, a tuple of three or more. */
function parseInterval(cursor: Cursor, open: string): Expression {
  const french = cursor.mode === "want";
  return within(cursor, open === "]" ? ["["] : [], () => {
    const items = parseItems(cursor);
    const close = cursor.take(")", "]", ...(french ? ["["] : []));
    if (!close) throw new ParseError(`"${open}" without its end`);
    if (items.length === 1) {
      if ((open === "(") !== (close.text === ")")) throw new ParseError("brackets that do not match");
      return items[0];
    }
    if (items.length > 2) return { kind: "tuple", members: items };
    const [low, high] = items;
    return { kind: "interval", low, high, lowOpen: open !== "[", highOpen: close.text !== "]" };
  });
}

const MATRIX = /^[pbBvV]?matrix$|^array$/;

/** \begin{pmatrix} a & b \\ c & d \end{pmatrix} */
export function parseMatrix(cursor: Cursor): Expression {
  const name = environmentName(cursor);
  if (!MATRIX.test(name)) throw new ParseError(`the environment ${name} is no part of an answer`);
  if (name === "array" && cursor.take("{")) while (!cursor.take("}")) requireMore(cursor);
  const rows: Expression[][] = [[]];
  return within(cursor, [], () => {
    for (;;) {
      if (cursor.take("\\\\")) {
        if (!cursor.at("end")) rows.push([]);
      } else if (cursor.take("end")) {
        if (environmentName(cursor) !== name) throw new ParseError("a matrix without its end");
        break;
      } else {
        rows[rows.length - 1].push(parseSum(cursor));
        cursor.take("&");
      }
    }
    if (rows.some((row) => row.length !== rows[0].length))
      throw new ParseError("a matrix with rows of unequal length");
    return { kind: "matrix", rows };
  });
}

function requireMore(cursor: Cursor): void {
  if (cursor.next().kind === "end") throw new ParseError("a matrix without its end");
}

function environmentName(cursor: Cursor): string {
  cursor.expect("{");
  let name = "";
  while (!cursor.take("}")) {
    name += cursor.peek().text;
    requireMore(cursor);
  }
  return name;
}
