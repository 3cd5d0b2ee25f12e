import { createRandom } from "../../../data/random";
import { type Kind, pick } from "./draw";
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

/** 5,000 pairs of all kinds of answers in the benchmark: half of them the same value in another form or dress, half another value. */
const GENERATED = 5000;
const SEED = 20250326;

export function generatedPairs(): AnswerPair[] {
  const random = createRandom(SEED);
  return Array.from({ length: GENERATED }, () => {
    const { gold, forms, others } = pick(random, KINDS)(random);
    const prediction = random.integer(2) === 0 ? pick(random, [gold, ...forms]) : pick(random, others);
    return [gold, pick(random, DRESSES)(prediction)];
  });
}

/** What is done to an official gold: writing, naming, marking, changing the value. */
export function goldPairs(golds: readonly string[]): AnswerPair[] {
  return golds.flatMap((gold) => VARIANTS.map((vary): AnswerPair => [gold, vary(gold)]));
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
  (gold) => `${gold}+1`,
  (gold) => `-${gold}`,
  (gold) => `2\\cdot ${gold}`,
  (gold) => `${gold}, 5`,
  (gold) => gold.replace(/[)\]]$/, (close) => (close === ")" ? "]" : ")")),
];

/** How a prediction is written down; most often as it is. */
const DRESSES: readonly ((text: string) => string)[] = [
  ...Array.from({ length: 6 }, () => (text: string) => text),
  (text) => `$${text}$`,
  (text) => `\\boxed{${text}}`,
  (text) => text.replaceAll("\\frac", "\\dfrac"),
  (text) => (text.startsWith("x\\in") ? text : `x=${text}`),
  (text) => `${text}.`,
  (text) => `${text}\\text{ cm}`,
  (text) => ` ${text.replaceAll(",", ", ")} `,
  (text) => text.replace(/(?<!\\left)([([])/g, "\\left$1").replace(/(?<!\\right)([)\]])/g, "\\right$1"),
  (text) => `\\displaystyle ${text}`,
  (text) => `${text}\\text{ square units}`,
  (text) => `${text}\\text{个}`,
  (text) => `答案是${text}`,
  (text) => `${text}\\quad`,
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
