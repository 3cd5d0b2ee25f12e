import { type Rational, rational } from "../numbers/rational";

/** How an answer is read and judged: as Math-Verify does, or by the stricter and kinder policy. @see OlymMATH, checker, two modes */
export type CheckMode = "ref" | "want";

export type Comparison = "<" | ">" | "<=" | ">=" | "!=";

/** A parsed answer: numbers, operations on them, and the shapes that answers have. */
export type Expression =
  /** `places`: digits behind the point, `digits`: significant ones, both of a decimal literal only. */
  | { kind: "number"; value: Rational; decimal?: { places: number; digits: number } }
  | { kind: "constant"; name: "pi" | "e" | "i" }
  | { kind: "infinity"; negative: boolean }
  | { kind: "symbol"; name: string }
  | { kind: "sum"; terms: Expression[] }
  | { kind: "product"; factors: Expression[] }
  | { kind: "quotient"; above: Expression; below: Expression }
  | { kind: "power"; base: Expression; exponent: Expression }
  | { kind: "root"; radicand: Expression; degree: Expression }
  | { kind: "call"; name: FunctionName; arguments: Expression[] }
  | {
      kind: "series";
      operator: "sum" | "product";
      index: string;
      from: Expression;
      to: Expression;
      body: Expression;
    }
  | { kind: "percent"; of: Expression }
  | { kind: "degrees"; of: Expression }
  /** A value with either sign; `negative` is that of the first reading (`\mp`). */
  | { kind: "plusMinus"; of: Expression; negative: boolean }
  | { kind: "interval"; low: Expression; high: Expression; lowOpen: boolean; highOpen: boolean }
  | { kind: "union" | "intersection"; parts: Expression[] }
  /** `listed`: written without braces. */
  | { kind: "set"; members: Expression[]; listed: boolean }
  | { kind: "tuple"; members: Expression[] }
  | { kind: "matrix"; rows: Expression[][] }
  | { kind: "equation"; left: Expression; right: Expression }
  | { kind: "relation"; sides: Expression[]; operators: Comparison[] }
  | { kind: "text"; text: string };

export type FunctionName =
  | "factorial"
  | "binomial"
  | "arrangements"
  | "absolute"
  | "floor"
  | "ceiling"
  | "ln"
  | "log"
  | "exp"
  | "sin"
  | "cos"
  | "tan"
  | "cot"
  | "sec"
  | "csc"
  | "arcsin"
  | "arccos"
  | "arctan"
  | "gamma"
  | "gcd"
  | "lcm"
  | "max"
  | "min";

export type Interval = Extract<Expression, { kind: "interval" }>;

export const integer = (value: number | bigint): Expression => ({ kind: "number", value: rational(value) });

/** -x; of a number and of infinity the number itself. */
export function negated(x: Expression): Expression {
  if (x.kind === "number") return { ...x, value: { n: -x.value.n, d: x.value.d } };
  if (x.kind === "infinity") return { kind: "infinity", negative: !x.negative };
  return { kind: "product", factors: [integer(-1), x] };
}

/** The expressions directly inside. */
export function children(x: Expression): readonly Expression[] {
  switch (x.kind) {
    case "sum":
      return x.terms;
    case "product":
      return x.factors;
    case "quotient":
      return [x.above, x.below];
    case "power":
      return [x.base, x.exponent];
    case "root":
      return [x.radicand, x.degree];
    case "call":
      return x.arguments;
    case "series":
      return [x.from, x.to, x.body];
    case "percent":
    case "degrees":
    case "plusMinus":
      return [x.of];
    case "interval":
      return [x.low, x.high];
    case "union":
    case "intersection":
      return x.parts;
    case "set":
    case "tuple":
      return x.members;
    case "matrix":
      return x.rows.flat();
    case "equation":
      return [x.left, x.right];
    case "relation":
      return x.sides;
    default:
      return [];
  }
}

/** The same expression over other ones. `change` sees what is directly inside. */
export function mapChildren(x: Expression, change: (child: Expression) => Expression): Expression {
  switch (x.kind) {
    case "sum":
      return { ...x, terms: x.terms.map(change) };
    case "product":
      return { ...x, factors: x.factors.map(change) };
    case "quotient":
      return { ...x, above: change(x.above), below: change(x.below) };
    case "power":
      return { ...x, base: change(x.base), exponent: change(x.exponent) };
    case "root":
      return { ...x, radicand: change(x.radicand), degree: change(x.degree) };
    case "call":
      return { ...x, arguments: x.arguments.map(change) };
    case "series":
      return { ...x, from: change(x.from), to: change(x.to), body: change(x.body) };
    case "percent":
    case "degrees":
    case "plusMinus":
      return { ...x, of: change(x.of) };
    case "interval":
      return { ...x, low: change(x.low), high: change(x.high) };
    case "union":
    case "intersection":
      return { ...x, parts: x.parts.map(change) };
    case "set":
    case "tuple":
      return { ...x, members: x.members.map(change) };
    case "matrix":
      return { ...x, rows: x.rows.map((row) => row.map(change)) };
    case "equation":
      return { ...x, left: change(x.left), right: change(x.right) };
    case "relation":
      return { ...x, sides: x.sides.map(change) };
    default:
      return x;
  }
}

/** The names of the free symbols, sorted. */
export function freeSymbols(x: Expression): string[] {
  const names = new Set<string>();
  const visit = (part: Expression, bound: readonly string[]): void => {
    if (part.kind === "symbol" && !bound.includes(part.name)) names.add(part.name);
    const inner = part.kind === "series" ? [...bound, part.index] : bound;
    for (const child of children(part)) visit(child, inner);
  };
  visit(x, []);
  return [...names].sort();
}

/** A canonical one-line form, for verdicts and for grouping equal readings. */
export function describe(x: Expression): string {
  const all = (parts: readonly Expression[], separator: string) => parts.map(describe).join(separator);
  switch (x.kind) {
    case "number":
      return describeNumber(x.value, x.decimal?.places);
    case "constant":
    case "symbol":
      return x.name;
    case "infinity":
      return x.negative ? "-inf" : "inf";
    case "text":
      return JSON.stringify(x.text);
    case "sum":
      return `(${all(x.terms, " + ")})`;
    case "product":
      return all(x.factors, "*");
    case "quotient":
      return `(${describe(x.above)})/(${describe(x.below)})`;
    case "power":
      return `(${describe(x.base)})^(${describe(x.exponent)})`;
    case "root":
      return `root(${describe(x.radicand)}, ${describe(x.degree)})`;
    case "call":
      return `${x.name}(${all(x.arguments, ", ")})`;
    case "series":
      return `${x.operator}(${x.index}=${describe(x.from)}..${describe(x.to)}, ${describe(x.body)})`;
    case "percent":
      return `${describe(x.of)}%`;
    case "degrees":
      return `${describe(x.of)}deg`;
    case "plusMinus":
      return `±${describe(x.of)}`;
    case "interval":
      return `${x.lowOpen ? "(" : "["}${describe(x.low)}, ${describe(x.high)}${x.highOpen ? ")" : "]"}`;
    case "union":
    case "intersection":
      return all(x.parts, x.kind === "union" ? " ∪ " : " ∩ ");
    case "set":
      return `{${all(x.members, ", ")}}`;
    case "tuple":
      return `tuple(${all(x.members, ", ")})`;
    case "matrix":
      return `matrix(${x.rows.map((row) => all(row, ", ")).join("; ")})`;
    case "equation":
      return `${describe(x.left)} = ${describe(x.right)}`;
    case "relation":
      return x.sides.map((side, k) => (k === 0 ? "" : ` ${x.operators[k - 1]} `) + describe(side)).join("");
  }
}

function describeNumber({ n, d }: Rational, places: number | undefined): string {
  const text = d === 1n ? `${n}` : `${n}/${d}`;
  if (text.length > 80) return `${text.slice(0, 30)}…${text.slice(-30)} (${text.length} characters)`;
  return places === undefined ? text : `${text} (decimal)`;
}
