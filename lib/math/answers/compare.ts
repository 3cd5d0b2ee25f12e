import { type EvaluationContext, NoNumber } from "../evaluation/context";
import { type EqualityPath, sameValue } from "../evaluation/equality";
import { describe, type Expression, negated } from "../expressions/expression";
import { assignedSymbol, isCollection } from "../expressions/parser";
import { mergedUnion, relationInterval, relationVariable, sameInterval } from "./intervals";

/** Which shapes or which layer decided. */
export type ComparePath =
  | EqualityPath
  | "equation"
  | "interval"
  | "set"
  | "tuple"
  | "relation"
  | "matrix"
  | "shape";
export interface Comparison {
  equal: boolean;
  path: ComparePath;
}

const verdict = (equal: boolean, path: ComparePath): Comparison => ({ equal, path });

/**
 * Whether a prediction is the gold answer, shape by shape. The order of the arguments matters for relations only: a gold inequality may be
 * answered by its interval, a gold interval not by an inequality.
 * @throws NotDefined, TooLarge, NoNumber, Undetermined where a value cannot be found
 * @see OlymMATH, checker, shapes
 */
export function compareAnswers(
  gold: Expression,
  prediction: Expression,
  context: EvaluationContext,
): Comparison {
  const predicted = asTuple(unwrapSingle(prediction, context));
  const target = asTuple(unwrapSingle(gold, context));
  if (target.kind === "equation" || predicted.kind === "equation")
    return compareEquations(target, predicted, context);
  if (target.kind === "relation" || predicted.kind === "relation")
    return compareRelations(target, predicted, context);
  if (target.kind === "set" || predicted.kind === "set") return compareSets(target, predicted, context);
  if (target.kind === "tuple" || predicted.kind === "tuple") return compareTuples(target, predicted, context);
  if (isIntervals(target) || isIntervals(predicted)) {
    if (!isIntervals(target) || !isIntervals(predicted)) return verdict(false, "shape");
    return verdict(sameIntervals(target, predicted, context), "interval");
  }
  if (target.kind === "matrix" || predicted.kind === "matrix") {
    if (target.kind !== "matrix" || predicted.kind !== "matrix") return verdict(false, "shape");
    const same =
      target.rows.length === predicted.rows.length && target.rows[0].length === predicted.rows[0].length;
    return verdict(same && allSame(target.rows.flat(), predicted.rows.flat(), context), "matrix");
  }
  return sameValue(target, predicted, context);
}

const isIntervals = (x: Expression): boolean =>
  x.kind === "interval" || x.kind === "union" || x.kind === "intersection";

/** A set of one is its member; to Math-Verify only where that is a value. */
function unwrapSingle(x: Expression, context: EvaluationContext): Expression {
  if (x.kind !== "set" || x.members.length !== 1) return x;
  const [member] = x.members;
  return context.mode === "ref" && isCollection(member) ? x : unwrapSingle(member, context);
}

/** x = 3, y = 4 is (3, 4), in the order of the letters; x_1 = 1, x_2 = 2 stays a set, as x = 1 or x = 2 does. */
function asTuple(x: Expression): Expression {
  if (x.kind !== "set" || !x.listed || x.members.length < 2) return x;
  const named = x.members.map((member) => ({ name: assignedSymbol(member), member }));
  const letters = new Set(named.map(({ name }) => name?.split("_")[0]));
  if (letters.has(undefined) || letters.size < x.members.length) return x;
  const inOrder = named.sort((a, b) => (a.name! < b.name! ? -1 : 1));
  return {
    kind: "tuple",
    members: inOrder.map(({ member }) => (member.kind === "equation" ? member.right : member)),
  };
}

function compareEquations(gold: Expression, prediction: Expression, context: EvaluationContext): Comparison {
  if (gold.kind !== "equation" || prediction.kind !== "equation") {
    const right = (x: Expression) => (x.kind === "equation" ? x.right : x);
    return compareAnswers(right(gold), right(prediction), context);
  }
  const [variable, other] = [assignedSymbol(gold), assignedSymbol(prediction)];
  if (variable !== undefined && other !== undefined) {
    if (variable !== other) return verdict(false, "equation");
    return compareAnswers(gold.right, prediction.right, context);
  }
  // l = r and l' = r' are one equation where l - r = ±(l' - r')
  const difference = (x: typeof gold): Expression => ({ kind: "sum", terms: [x.left, negated(x.right)] });
  const [left, right] = [difference(gold), difference(prediction)];
  const same = sameValue(left, right, context).equal || sameValue(left, negated(right), context).equal;
  return verdict(same, "equation");
}

function compareRelations(gold: Expression, prediction: Expression, context: EvaluationContext): Comparison {
  if (gold.kind !== "relation") return verdict(false, "relation"); // repeating the question is no answer
  const range = relationInterval(gold);
  if (prediction.kind !== "relation")
    return range ? compareAnswers(range, prediction, context) : verdict(false, "relation");
  const other = relationInterval(prediction);
  if (range && other) {
    if (relationVariable(gold) !== relationVariable(prediction)) return verdict(false, "relation");
    return verdict(sameInterval(range, other, context), "relation");
  }
  const same =
    gold.operators.join() === prediction.operators.join() && allSame(gold.sides, prediction.sides, context);
  return verdict(same, "relation");
}

function compareSets(gold: Expression, prediction: Expression, context: EvaluationContext): Comparison {
  // Math-Verify holds a list against a tuple as a tuple, and a tuple against a set as a set.
  const ordered = context.mode === "ref" && prediction.kind === "set" && entries(gold);
  if (ordered) return verdict(allSame(ordered, prediction.members, context), "tuple");
  const [left, right] = [membersOf(gold, context), membersOf(prediction, context)];
  if (!left || !right) return verdict(false, "shape");
  // Math-Verify counts the members before it compares them; the same expression twice is one.
  const count = (members: readonly Expression[]) => new Set(members.map(describe)).size;
  if (context.mode === "ref" && count(left) !== count(right)) return verdict(false, "set");
  const holds = (members: readonly Expression[], member: Expression) =>
    members.some((candidate) => comparable(member, candidate, context));
  const same = left.every((member) => holds(right, member)) && right.every((member) => holds(left, member));
  return verdict(same, "set");
}

/** The members of a set; a value is a set of one. Math-Verify takes an open interval for a pair, and a tuple for a set. */
function membersOf(x: Expression, { mode }: EvaluationContext): readonly Expression[] | undefined {
  if (x.kind === "set") return x.members;
  if (mode === "ref" && entries(x)) return entries(x);
  return isIntervals(x) || x.kind === "tuple" || x.kind === "matrix" ? undefined : [x];
}

/** A member without a value is equal to none. */
function comparable(a: Expression, b: Expression, context: EvaluationContext): boolean {
  try {
    return compareAnswers(withoutName(a), withoutName(b), context).equal;
  } catch (error) {
    if (error instanceof NoNumber) return false;
    throw error;
  }
}

const withoutName = (x: Expression): Expression => (x.kind === "equation" ? x.right : x);

function compareTuples(gold: Expression, prediction: Expression, context: EvaluationContext): Comparison {
  const [left, right] = [entries(gold), entries(prediction)];
  if (!left || !right) return verdict(false, "shape");
  return verdict(allSame(left, right, context), "tuple");
}

/** The entries of a tuple; (a, b) may be one. */
function entries(x: Expression): readonly Expression[] | undefined {
  if (x.kind === "tuple") return x.members;
  return x.kind === "interval" && x.lowOpen && x.highOpen ? [x.low, x.high] : undefined;
}

function allSame(a: readonly Expression[], b: readonly Expression[], context: EvaluationContext): boolean {
  return a.length === b.length && a.every((x, k) => compareAnswers(x, b[k], context).equal);
}

function sameIntervals(gold: Expression, prediction: Expression, context: EvaluationContext): boolean {
  if (gold.kind === "interval" && prediction.kind === "interval")
    return sameInterval(gold, prediction, context);
  if (gold.kind === "intersection" && prediction.kind === "intersection")
    return allSame(gold.parts, prediction.parts, context);
  const [left, right] = [mergedUnion(gold, context), mergedUnion(prediction, context)];
  if (!left || !right || left.length !== right.length) return false;
  return left.every((part, k) => sameInterval(part, right[k], context));
}
