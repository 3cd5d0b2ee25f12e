import { between, drawUntil, type Family, gcd } from "../family";

/** Positive integers up to `limit` that exactly one of a and b divides. */
export interface MultiplesOfOne {
  readonly limit: number;
  readonly a: number;
  readonly b: number;
  readonly asked: "count" | "sum";
}

/** Exactly one of two conditions: inclusion and exclusion takes what both hold away twice. */
export const multiplesOfOne: Family<MultiplesOfOne> = {
  name: "multiples-of-one",
  field: "Number Theory",
  draw(random, tier) {
    const isEasy = tier === "EASY";
    const [a, b] = drawUntil(
      () => [between(random, 2, 9), between(random, 3, 15)],
      ([x, y]) => y % x !== 0 && x % y !== 0,
    );
    return {
      a,
      b,
      limit: between(random, isEasy ? 60 : 300, isEasy ? 400 : 3000),
      asked: isEasy ? "count" : "sum",
    };
  },
  pose({ limit, a, b, asked }) {
    const both = (a * b) / gcd(a, b);
    const measure = (step: number) => {
      const count = Math.floor(limit / step);
      return asked === "count" ? count : (step * count * (count + 1)) / 2;
    };
    const [ofA, ofB, ofBoth] = [a, b, both].map(measure);
    const answer = ofA + ofB - 2 * ofBoth;
    const [en, zh] =
      asked === "count"
        ? [`How many positive integers not exceeding`, "的正整数中, 有多少个"]
        : [`Find the sum of all positive integers not exceeding`, "的所有正整数中, 求"];
    const condition = asked === "count" ? "?" : "的数之和.";
    const verb = asked === "count" ? "are divisible by" : "that are divisible by";
    return {
      text: {
        EN: `${en} $${limit}$ ${verb} exactly one of $${a}$ and $${b}$${asked === "count" ? "?" : "."}`,
        ZH: `不超过 $${limit}$ ${zh}恰能被 $${a}$ 和 $${b}$ 中的一个整除${condition}`,
      },
      work: `${ofA}+${ofB}-2\\cdot ${ofBoth}=${answer}`,
      answer: `${answer}`,
      traps: [
        { name: "counts multiples of both once", value: `${ofA + ofB - ofBoth}` },
        { name: "counts multiples of both twice", value: `${ofA + ofB}` },
      ],
    };
  },
};
