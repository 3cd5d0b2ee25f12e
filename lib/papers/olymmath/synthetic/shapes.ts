import { readAnswer } from "../../../math";
import { children, type Expression } from "../../../math/expressions/expression";

/** What an answer looks like. Each has one shape: the first of this list that fits. */
export const SHAPES = [
  "interval",
  "degrees",
  "inverse trigonometric",
  "pi",
  "radical",
  "power",
  "decimal",
  "fraction",
  "integer",
] as const;
export type Shape = (typeof SHAPES)[number];

const INVERSE = ["arcsin", "arccos", "arctan"];

const TESTS: Readonly<Record<Shape, (x: Expression) => boolean>> = {
  interval: ({ kind }) => kind === "interval" || kind === "union",
  degrees: ({ kind }) => kind === "degrees",
  "inverse trigonometric": (x) => x.kind === "call" && INVERSE.includes(x.name),
  pi: (x) => x.kind === "constant" && x.name === "pi",
  radical: ({ kind }) => kind === "root",
  power: ({ kind }) => kind === "power",
  decimal: (x) => x.kind === "number" && x.decimal !== undefined,
  fraction: (x) => x.kind === "quotient" || (x.kind === "number" && x.value.d !== 1n),
  integer: () => true,
};

/** @throws RangeError where the answer is no mathematics */
export function shapeOf(answer: string): Shape {
  const { expression, problem } = readAnswer(answer, "want");
  if (!expression) throw new RangeError(`The answer ${answer} has no shape: ${problem}.`);
  return SHAPES.find((shape) => some(expression, TESTS[shape]))!;
}

function some(x: Expression, test: (x: Expression) => boolean): boolean {
  return test(x) || children(x).some((child) => some(child, test));
}

/** How many answers have each shape. */
export function shapeCounts(answers: readonly string[]): Record<Shape, number> {
  const counts = Object.fromEntries(SHAPES.map((shape) => [shape, 0])) as Record<Shape, number>;
  for (const answer of answers) counts[shapeOf(answer)]++;
  return counts;
}

/** Of the 100 answers of each official tier. @see OlymMATH, data files of 2025-06-01 */
export const OFFICIAL_SHAPES: Readonly<Record<"EASY" | "HARD", Readonly<Record<Shape, number>>>> = {
  EASY: {
    ...{ interval: 2, degrees: 1, "inverse trigonometric": 2, pi: 4, radical: 17 },
    ...{ power: 5, decimal: 0, fraction: 19, integer: 50 },
  },
  HARD: {
    ...{ interval: 8, degrees: 2, "inverse trigonometric": 1, pi: 0, radical: 16 },
    ...{ power: 5, decimal: 1, fraction: 20, integer: 47 },
  },
};
