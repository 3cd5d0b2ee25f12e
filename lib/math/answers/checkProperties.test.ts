import { describe, expect, it } from "vitest";
import { createRandom } from "../../data/random";
import { evaluationContext } from "../evaluation/context";
import { order } from "../evaluation/equality";
import { exactValue } from "../evaluation/exact";
import { realValue } from "../evaluation/numeric";
import { parseExpression } from "../expressions/parser";
import { sign, subtractReals } from "../numbers/real";
import { asRational, equalSurds } from "../numbers/surd";
import { checkAnswer } from "./check";
import { readVerdictTable } from "./verdictTable";

const same = (gold: string, prediction: string) => checkAnswer(gold, prediction, { mode: "want" }).equal;
type Random = ReturnType<typeof createRandom>;

/** A random expression of whole numbers, roots and operations. */
function randomAnswer(random: Random, depth: number): string {
  const inner = () => randomAnswer(random, depth - 1);
  switch (depth === 0 ? random.integer(2) * 5 : random.integer(6)) {
    case 1:
      return `(${inner()}+${inner()})`;
    case 2:
      return `(${inner()}-${inner()})`;
    case 3:
      return `(${inner()})\\cdot(${inner()})`;
    case 4:
      return `\\frac{${inner()}}{${1 + random.integer(9)}}`;
    case 5:
      return `\\sqrt{${1 + random.integer(30)}}`;
    default:
      return `${random.integer(20)}`;
  }
}

/** Longer writings of the same value, for which the exact layer has to take roots apart. */
const SAME_VALUE: readonly ((x: string) => string)[] = [
  (x) => `\\frac{3\\cdot(${x})}{3}`,
  (x) => `\\sqrt{7}+(${x})-\\frac{7}{\\sqrt{7}}`,
  (x) => `(\\sqrt{3}-\\sqrt{2})\\cdot(${x})\\cdot(\\sqrt{2}+\\sqrt{3})`,
  (x) => `(${x})\\cdot\\frac{\\sqrt{5+2\\sqrt{6}}}{\\sqrt{2}+\\sqrt{3}}`,
  (x) => `\\sqrt{5-2\\sqrt{6}}\\cdot(${x})\\cdot(\\sqrt{2}+\\sqrt{3})`,
];
/** Values that differ from it by little. */
const NEAR_VALUE: readonly ((x: string) => string)[] = [
  (x) => `(${x})+10^{-30}`,
  (x) => `(${x})+\\sqrt{2}-\\frac{665857}{470832}`, // -2e-12
  (x) => `(${x})\\cdot(1+2^{-80})+2^{-90}\\sqrt{31}`,
];

describe("the exact and the numeric layer", () => {
  const bits = 160;

  it("decide alike on 10,000 random expressions, in pairs: writings of one value, near misses, others", () => {
    const random = createRandom(6);
    const disputed: string[] = [];
    const counts = { equal: 0, different: 0, surds: 0, undecided: 0 };
    for (let trial = 0; trial < 5_000; trial++) {
      const text = randomAnswer(random, 2);
      const rewritings = trial % 2 === 0 ? SAME_VALUE : NEAR_VALUE;
      const other =
        trial % 5 === 0 ? randomAnswer(random, 1) : rewritings[random.integer(rewritings.length)](text);
      const [a, b] = [text, other].map((one) => parseExpression(one, "want"));
      const context = evaluationContext("want");
      const [x, y] = [exactValue(a, context), exactValue(b, context)];
      if (!x || !y) {
        counts.undecided++;
        continue;
      }
      const equal = equalSurds(x, y);
      counts[equal ? "equal" : "different"]++;
      if (!asRational(x)) counts.surds++;
      // Bounds that hold 0, or that lie on one side of it.
      const gap = sign(subtractReals(realValue(a, bits, context), realValue(b, bits, context), bits));
      if (equal !== !gap) disputed.push(`${text} and ${other}`);
      if (trial % 40 === 0) expect(order(a, b, context)).toBe(gap ?? 0);
    }
    expect(disputed).toEqual([]);
    expect(counts.undecided).toBe(0);
    for (const decided of [counts.equal, counts.different, counts.surds])
      expect(decided).toBeGreaterThan(1_500);
  });
});

/** Writings of a + b√c with b > 0, where c is no square. */
function writings(a: number, b: number, c: number): string[] {
  const [root, square] = [`${b}\\sqrt{${c}}`, b * b * c];
  return [
    `${a}+${root}`,
    `${root}-(${-a})`,
    `x=${a}+\\sqrt{${square}}`,
    `$\\frac{${3 * a}+${3 * b}\\sqrt{${c}}}{3}$`,
    `\\dfrac{${a * a - square}}{${a}-${root}}`,
    `${a - 1}+\\sqrt{${1 + square}+${2 * b}\\sqrt{${c}}}`,
    `\\left(${a}+\\frac{${b * c}}{\\sqrt{${c}}}\\right)。`,
    `${a}+\\sqrt[4]{${square * square}}`,
  ];
}

/** Numbers next to a + b√c, and its conjugate. */
function nearMisses(a: number, b: number, c: number): string[] {
  const root = `${b}\\sqrt{${c}}`;
  return [
    `${a}-${root}`,
    `${-a}+${root}`,
    `${a}+\\sqrt{${b * b * c + 1}}`,
    `${a}+${root}+10^{-40}`,
    `\\frac{${10 ** 12 * a + 1}}{${10 ** 12}}+${root}`,
    `${a}+\\sqrt[3]{${b ** 3 * c}}`,
  ];
}

/** Writings of a + b∛c, which is left to the numeric layer, and numbers next to it. */
function cubicWritings(a: number, b: number, c: number): string[] {
  return [
    `${a}+${b}\\sqrt[3]{${c}}`,
    `${b}\\cdot ${c}^{1/3}-(${-a})`,
    `\\sqrt[3]{${b ** 3 * c}}+${a}`,
    `\\frac{${2 * a}+${2 * b}\\sqrt[3]{${c}}}{2}`,
    `y=${a}+\\frac{${b * c}}{\\sqrt[3]{${c * c}}}`,
  ];
}

function cubicNearMisses(a: number, b: number, c: number): string[] {
  return [
    `${a}-${b}\\sqrt[3]{${c}}`,
    `${a}+${b}\\sqrt[3]{${c}}+10^{-100}`,
    `${a}+\\sqrt[3]{${b ** 3 * c + 1}}`,
  ];
}

describe("equality", () => {
  it("is reflexive, symmetric and transitive on writings of one number, and holds none of the numbers next to it", () => {
    const random = createRandom(8);
    const draw = (from: readonly string[], count: number) => random.shuffle([...from]).slice(0, count);
    for (let trial = 0; trial < 40; trial++) {
      const [a, b] = [1 + random.integer(30), 1 + random.integer(9)].map((size, k) =>
        k === 0 && random.integer(2) === 0 ? -size : size,
      );
      const c = [2, 3, 5, 6, 7, 10, 13][random.integer(7)];
      const [writingsOf, missesOf] =
        trial % 4 === 0 ? [cubicWritings, cubicNearMisses] : [writings, nearMisses];
      const all = [...draw(writingsOf(a, b, c), 3), ...draw(missesOf(a, b, c), 2)];
      for (const [i, gold] of all.entries())
        for (const [k, prediction] of all.entries())
          expect([gold, prediction, same(gold, prediction)]).toEqual([
            gold,
            prediction,
            i === k || (i < 3 && k < 3),
          ]);
    }
  });

  it("is symmetric on the table of verdicts, but for a relation: as the gold alone it is answered by its interval", () => {
    const turned = readVerdictTable().filter(
      ({ gold, prediction }) => same(gold, prediction) !== same(prediction, gold),
    );
    expect(turned.map(({ id }) => id)).toEqual([187, 189, 191, 202, 203]);
  });

  it("is reflexive and symmetric on random answers", () => {
    const random = createRandom(9);
    const answers = Array.from({ length: 16 }, () => randomAnswer(random, 2));
    for (const a of answers) {
      expect(same(a, a)).toBe(true);
      for (const b of answers) expect(same(a, b)).toBe(same(b, a));
    }
  });
});
