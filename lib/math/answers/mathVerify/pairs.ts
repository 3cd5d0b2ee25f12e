import { createRandom } from "../../../data/random";
import { type Kind, pick } from "./draw";
import { DRESSES } from "./dresses";
import {
  angleAnswer,
  countedAnswer,
  decimalAnswer,
  fractionAnswer,
  integerAnswer,
  logarithmAnswer,
  nestedAnswer,
  piAnswer,
  powerAnswer,
  radicalAnswer,
  surdAnswer,
} from "./numberKinds";
import {
  equationAnswer,
  intervalAnswer,
  polynomialAnswer,
  setAnswer,
  signedAnswer,
  tupleAnswer,
  unionAnswer,
} from "./shapeKinds";

/** A gold answer and a prediction for it. */
export type AnswerPair = readonly [gold: string, prediction: string];

/** 5,000 pairs of all kinds of answers in the benchmark, no two alike: half of them the same value in another form or dress, half another value. */
const GENERATED = 5000;
const SEED = 20250326;

export function generatedPairs(): AnswerPair[] {
  const random = createRandom(SEED);
  const pairs = new Map<string, AnswerPair>();
  while (pairs.size < GENERATED) {
    const { gold, forms, others } = pick(random, KINDS)(random);
    const prediction = random.integer(2) === 0 ? pick(random, [gold, ...forms]) : pick(random, others);
    const dressed = pick(random, DRESSES)(prediction);
    pairs.set(JSON.stringify([gold, dressed]), [gold, dressed]);
  }
  return [...pairs.values()];
}

/** What is done to an official gold: writing, naming, marking, changing the value. */
export function goldPairs(golds: readonly string[]): AnswerPair[] {
  return golds.flatMap((gold) =>
    [...new Set(VARIANTS.map((vary) => vary(gold)))].map((variant): AnswerPair => [gold, variant]),
  );
}

const VARIANTS: readonly ((gold: string) => string)[] = [
  (gold) => gold,
  (gold) => gold.replaceAll("\\frac", "\\dfrac"),
  (gold) => gold.replace(/\\(left|right)/g, ""),
  (gold) => gold.replace(/(?<!\\left)([([])/g, "\\left$1").replace(/(?<!\\right)([)\]])/g, "\\right$1"),
  (gold) => gold.replace(/([+\-,])/g, " $1 "),
  (gold) => `$${gold}$`,
  (gold) => `x=${gold}`,
  (gold) => `${gold}.`,
  (gold) => `\\boxed{${gold}}`,
  (gold) => gold.replace(/\\sqrt\{(\d)\}/g, "\\sqrt$1"),
  (gold) => gold.replace(/\\frac\{(\d)\}\{(\d)\}/g, "\\frac$1$2"),
  (gold) => gold.replace(/\\frac\{(\d+)\}\{(\d+)\}/g, "$1/$2"),
  (gold) => `${gold}\\text{ cm}`,
  (gold) => `${gold}\\text{.}`,
  (gold) => `${gold} \\text{ (maximum)}`,
  (gold) => `\\text{The answer is } ${gold}`,
  (gold) => `S_{\\min} = ${gold}`,
  (gold) => `m+n=${gold}`,
  (gold) => `\\mathbf{${gold}}`,
  (gold) => `{${gold}}`,
  (gold) => `${gold}+1`,
  (gold) => `-${gold}`,
  (gold) => `2\\cdot ${gold}`,
  (gold) => `${gold}, 5`,
  (gold) => gold.replace(/[)\]]$/, (close) => (close === ")" ? "]" : ")")),
];

/** The commonest kinds twice. */
const KINDS: readonly Kind[] = [
  integerAnswer,
  integerAnswer,
  fractionAnswer,
  fractionAnswer,
  decimalAnswer,
  radicalAnswer,
  surdAnswer,
  powerAnswer,
  piAnswer,
  angleAnswer,
  intervalAnswer,
  setAnswer,
  polynomialAnswer,
  unionAnswer,
  tupleAnswer,
  equationAnswer,
  signedAnswer,
  nestedAnswer,
  countedAnswer,
  logarithmAnswer,
];
