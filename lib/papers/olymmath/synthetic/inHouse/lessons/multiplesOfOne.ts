import type { MultiplesOfOne } from "../../families/multiplesOfOne";
import { gcd } from "../../family";
import { type Lesson, step } from "./lesson";

/** Division with remainder says how many multiples of each and of both there are; those of both are in the sum twice. */
export const multiplesOfOneLesson: Lesson<MultiplesOfOne> = {
  family: "multiples-of-one",
  isSmall: ({ limit, a, b }) => limit <= 99 && a <= 6 && b <= 6,
  derive: (parameters) => derivation(parameters, 2),
  shortcut: { trap: "counts multiples of both once", derive: (parameters) => derivation(parameters, 1) },
};

/** @param times  how often the multiples of both are taken away */
function derivation({ limit, a, b }: MultiplesOfOne, times: number): readonly string[] {
  const divisors = [a, b, (a * b) / gcd(a, b)];
  const counts = divisors.map((divisor) => Math.floor(limit / divisor));
  const [ofA, ofB, ofBoth] = counts;
  const [sum, less] = [ofA + ofB, times * ofBoth];
  return [
    ...divisors.map((divisor, i) => `${limit}=${divisor}\\cdot ${counts[i]}+${limit % divisor}`),
    step(ofA, "+", ofB, sum),
    step(sum, "-", less, sum - less),
  ];
}
