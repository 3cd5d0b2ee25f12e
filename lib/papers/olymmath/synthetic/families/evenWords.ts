import { rational } from "../../../../math/numbers/rational";
import { between, type Family } from "../family";
import { fraction } from "../latex";

/** Words of a length over an alphabet, in which one letter occurs an even or an odd number of times. */
export interface EvenWords {
  readonly letters: number;
  readonly length: number;
  /** Which number of times the letter occurs. */
  readonly parity: "even" | "odd";
  /** Whether the answer stays a sum of powers. */
  readonly isLong: boolean;
}

/** Parity of one letter: (k^n ± (k - 2)^n) / 2, which is not half of all words. */
export const evenWords: Family<EvenWords> = {
  name: "even-words",
  field: "Combinatorics",
  weight: 0.5,
  draw(random, tier) {
    const isLong = tier === "HARD";
    return {
      letters: between(random, 3, isLong ? 9 : 26),
      length: isLong ? between(random, 100, 1500) : between(random, 3, 12),
      parity: random.integer(2) === 0 ? "even" : "odd",
      isLong,
    };
  },
  pose({ letters, length, parity, isLong }) {
    const value = (base: number) => BigInt(base) ** BigInt(length);
    const [all, others] = [letters, letters - 2];
    const power = (base: number) => (base === 1 ? "1" : `${base}^{${length}}`);
    const [right, wrong] = parity === "even" ? (["+", "-"] as const) : (["-", "+"] as const);
    const half = (sign: "+" | "-") => {
      if (isLong) return `\\frac{${power(all)}${sign}${power(others)}}{2}`;
      return fraction(sign === "+" ? value(all) + value(others) : value(all) - value(others), 2);
    };
    const { n, d } = rational(value(all), 2n);
    return {
      text: {
        EN: `Words of length $${length}$ are formed from an alphabet of $${letters}$ letters, one of which is $A$. In how many of these words does $A$ occur an ${parity} number of times?${parity === "even" ? " (It may not occur at all.)" : ""}`,
        ZH: `用含有字母 $A$ 的 $${letters}$ 个字母组成长度为 $${length}$ 的单词. 其中 $A$ 出现${parity === "even" ? "偶数次 (可以不出现) " : "奇数次"}的单词有多少个?`,
      },
      work: isLong ? `${letters}-2=${others}` : `\\frac{${value(all)}${right}${value(others)}}{2}`,
      answer: half(right),
      traps: [
        { name: "takes half of all words", value: isLong ? `\\frac{${power(all)}}{2}` : fraction(n, d) },
        { name: "takes the other parity", value: half(wrong) },
      ],
    };
  },
};
