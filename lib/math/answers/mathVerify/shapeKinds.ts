import type { Random } from "../../../data/random";
import { type Drawn, fraction, PRIMES, pick, small } from "./draw";

/** Intervals, sets, tuples, equations, polynomials, drawn at random. */

export function intervalAnswer(random: Random): Drawn {
  const [low, p] = [random.integer(7), pick(random, PRIMES)];
  const [open, close] = [pick(random, ["(", "["]), pick(random, [")", "]"])];
  const high = pick(random, [`${low + small(random)}`, `${low + 4}+\\sqrt{${p}}`, `\\frac{${13 * p}}{2}`]);
  const other = open === "(" ? "[" : "(";
  return {
    gold: `${open}${low},${high}${close}`,
    forms: [
      `\\left${open}${low},${high}\\right${close}`,
      `${open}\\frac{${2 * low}}{2},${high}${close}`,
      `x\\in ${open}${low},${high}${close}`,
    ],
    others: [
      `${other}${low},${high}${close}`,
      `${open}${low + 1},${high}${close}`,
      `${open}${low},${high}+1${close}`,
      `${open}${low},+\\infty)`,
    ],
  };
}

export function setAnswer(random: Random): Drawn {
  const [a, b, c] = [small(random), 20 + random.integer(9), 40 + random.integer(9)];
  return {
    gold: `\\{${a},${b},${c}\\}`,
    forms: [
      `\\{${c},${a},${b}\\}`,
      `${a},${b},${c}`,
      `${a}, ${b} and ${c}`,
      `\\{${a}.0,\\frac{${2 * b}}{2},${c}\\}`,
    ],
    others: [`\\{${a},${b}\\}`, `\\{${a},${b},${c + 1}\\}`, `${a}`, `\\{${a},${b},${c},1\\}`],
  };
}

export function polynomialAnswer(random: Random): Drawn {
  const [a, b] = [small(random), small(random)];
  return {
    gold: `x^2+${a + b}x+${a * b}`,
    forms: [`(x+${a})(x+${b})`, `${a * b}+${a + b}x+x^2`, `x(x+${a + b})+${a * b}`],
    others: [`(x-${a})(x+${b})`, `x^2+${a + b}x`, `y^2+${a + b}y+${a * b}`],
  };
}

export function unionAnswer(random: Random): Drawn {
  const [a, b] = [small(random), 20 + random.integer(9)];
  return {
    gold: `(-\\infty,${a})\\cup(${b},+\\infty)`,
    forms: [
      `(${b},\\infty)\\cup(-\\infty,${a})`,
      `(-\\infty,${a})\\cup(${b},\\infty)`,
      `(-\\infty,\\frac{${2 * a}}{2})\\cup(${b},+\\infty)`,
    ],
    others: [
      `(-\\infty,${a}]\\cup(${b},+\\infty)`,
      `(-\\infty,${a})`,
      `(${a},${b})`,
      `(-\\infty,${a})\\cup(${b + 1},+\\infty)`,
    ],
  };
}

export function tupleAnswer(random: Random): Drawn {
  const [a, b, c] = [small(random), small(random), 20 + random.integer(9)];
  return {
    gold: `(${a},${b},${c})`,
    forms: [`(${a}, ${b}, ${c})`, `(${a},\\frac{${2 * b}}{2},${c})`, `(${a}.0,${b},${c})`],
    others: [`(${c},${b},${a})`, `(${a},${b})`, `(${a},${b},${c + 1})`, `(${a},${b},${c},0)`],
  };
}

export function equationAnswer(random: Random): Drawn {
  const [n, d] = fraction(random);
  return {
    gold: `y=\\frac{${n}}{${d}}`,
    forms: [`\\frac{${n}}{${d}}`, `y=${n}/${d}`, `y=\\frac{${2 * n}}{${2 * d}}`, `${n}/${d}`],
    others: [`y=\\frac{${n + 1}}{${d}}`, `z=\\frac{${n}}{${d}}`, `y=${n}`, `\\frac{${d}}{${n}}`],
  };
}

export function signedAnswer(random: Random): Drawn {
  const [a, p] = [small(random), pick(random, PRIMES)];
  return {
    gold: `\\pm ${a}\\sqrt{${p}}`,
    forms: [
      `\\{-${a}\\sqrt{${p}},${a}\\sqrt{${p}}\\}`,
      `${a}\\sqrt{${p}},-${a}\\sqrt{${p}}`,
      `\\pm\\sqrt{${a * a * p}}`,
    ],
    others: [`${a}\\sqrt{${p}}`, `-${a}\\sqrt{${p}}`, `\\pm ${a + 1}\\sqrt{${p}}`, `\\pm ${a}`],
  };
}
