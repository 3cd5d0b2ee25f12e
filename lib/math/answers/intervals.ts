import type { EvaluationContext } from "../evaluation/context";
import { order, sameValue } from "../evaluation/equality";
import { type Comparison, type Expression, freeSymbols, type Interval } from "../expressions/expression";

/** Intervals and their unions. */

/** Same brackets, same ends. Math-Verify's intervals are open at infinity, whatever the bracket. */
export function sameInterval(a: Interval, b: Interval, context: EvaluationContext): boolean {
  const open = (end: Expression, written: boolean) =>
    written || (context.mode === "ref" && end.kind === "infinity");
  return (
    open(a.low, a.lowOpen) === open(b.low, b.lowOpen) &&
    open(a.high, a.highOpen) === open(b.high, b.highOpen) &&
    sameValue(a.low, b.low, context).equal &&
    sameValue(a.high, b.high, context).equal
  );
}

/** The intervals of a union from left to right, those that touch as one; undefined where a part is no interval. */
export function mergedUnion(x: Expression, context: EvaluationContext): Interval[] | undefined {
  const parts = x.kind === "union" ? x.parts : [x];
  const intervals: Interval[] = [];
  for (const part of parts) {
    const inner =
      part.kind === "interval" ? [part] : part.kind === "union" ? mergedUnion(part, context) : undefined;
    if (!inner) return undefined;
    intervals.push(...inner);
  }
  intervals.sort((a, b) => order(a.low, b.low, context) || Number(a.lowOpen) - Number(b.lowOpen));
  const merged: Interval[] = [];
  for (const next of intervals) {
    const last = merged[merged.length - 1];
    const gap = last && order(next.low, last.high, context);
    const touches = last && (gap === -1 || (gap === 0 && !(next.lowOpen && last.highOpen)));
    if (!touches) merged.push(next);
    else {
      const longer = order(next.high, last.high, context);
      if (longer === 1) merged[merged.length - 1] = { ...last, high: next.high, highOpen: next.highOpen };
      else if (longer === 0)
        merged[merged.length - 1] = { ...last, highOpen: last.highOpen && next.highOpen };
    }
  }
  return merged;
}

const TURNED: Readonly<Record<Comparison, Comparison>> = {
  "<": ">",
  ">": "<",
  "<=": ">=",
  ">=": "<=",
  "!=": "!=",
};

/** The interval that a relation of one variable describes: x > a, a <= x < b; undefined for others. */
export function relationInterval(x: Extract<Expression, { kind: "relation" }>): Interval | undefined {
  const place = x.sides.findIndex((side) => side.kind === "symbol");
  if (place < 0 || x.sides.some((side, k) => k !== place && freeSymbols(side).length > 0)) return undefined;
  if (x.sides.length > 3 || (x.sides.length === 3 && place !== 1)) return undefined;
  const infinity = (negative: boolean): Expression => ({ kind: "infinity", negative });
  const interval: Interval = {
    kind: "interval",
    low: infinity(true),
    high: infinity(false),
    lowOpen: true,
    highOpen: true,
  };
  for (const [k, side] of x.sides.entries()) {
    if (k === place) continue;
    // Read with the variable on the left.
    const operator = k < place ? TURNED[x.operators[k]] : x.operators[k - 1];
    if (operator === "!=") return undefined;
    const open = operator === "<" || operator === ">";
    if (operator.startsWith("<")) Object.assign(interval, { high: side, highOpen: open });
    else Object.assign(interval, { low: side, lowOpen: open });
  }
  return interval;
}

export function relationVariable(x: Extract<Expression, { kind: "relation" }>): string | undefined {
  const symbol = x.sides.find((side) => side.kind === "symbol");
  return symbol?.kind === "symbol" ? symbol.name : undefined;
}
