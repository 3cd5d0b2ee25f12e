import type { Random } from "../../../data/random";
import { type Drawn, fraction, PRIMES, pick, small } from "./draw";

/** Numbers, drawn at random. */

export function integerAnswer(random: Random): Drawn {
  const n = 1 + random.integer(10 ** (1 + random.integer(7)));
  const grouped = n.toLocaleString("en");
  const forms = [
    `${n}.0`,
    `+${n}`,
    grouped,
    grouped.replaceAll(",", "{,}"),
    `${n - 1}+1`,
    `\\frac{${2 * n}}{2}`,
    `00${n}`,
  ];
  return {
    gold: `${n}`,
    forms,
    others: [
      `-${n}`,
      `${n + 1}`,
      `${n}.5`,
      n < 100 ? `${n}\\%` : `${n}0`,
      `\\frac{1}{${n + 1}}`,
      `${n},${n + 1}`,
    ],
  };
}

export function fractionAnswer(random: Random): Drawn {
  const [n, d] = fraction(random);
  const whole = Math.floor(n / d);
  const forms = [
    `${n}/${d}`,
    `\\frac{${3 * n}}{${3 * d}}`,
    `\\tfrac{${n}}{${d}}`,
    (n / d).toFixed(8),
    `\\frac{-${n}}{-${d}}`,
    `{${n}\\over ${d}}`,
  ];
  if (whole > 0)
    forms.push(`${whole}\\frac{${n - whole * d}}{${d}}`, `${whole}+\\frac{${n - whole * d}}{${d}}`);
  return {
    gold: `\\frac{${n}}{${d}}`,
    forms,
    others: [
      `\\frac{${d}}{${n}}`,
      `-\\frac{${n}}{${d}}`,
      (n / d).toFixed(2),
      `\\frac{${n + 1}}{${d}}`,
      `${n}:${d + 1}`,
      `${n}`,
    ],
  };
}

export function decimalAnswer(random: Random): Drawn {
  const n = 1 + random.integer(9999);
  const gold = `${Math.floor(n / 100)}.${`${n % 100}`.padStart(2, "0")}`;
  return {
    gold,
    forms: [`${gold}00`, `\\frac{${n}}{100}`, `${n}/100`, `${n}\\%`, gold.replace(/^0\./, ".")],
    others: [`${gold}1`, `-${gold}`, `\\frac{${n}}{1000}`, `${gold}\\%`, gold.replace(".", ",")],
  };
}

export function radicalAnswer(random: Random): Drawn {
  const [a, q, p] = [small(random), small(random), pick(random, PRIMES)];
  return {
    gold: `${a}\\sqrt{${p}}`,
    forms: [
      `\\sqrt{${a * a * p}}`,
      `\\frac{${a * p}}{\\sqrt{${p}}}`,
      `\\sqrt{${p}}\\cdot ${a}`,
      `${a}*sqrt(${p})`,
      (a * Math.sqrt(p)).toFixed(9),
      `${a}\\cdot ${p}^{1/2}`,
      `\\frac{${a * q}\\sqrt{${p}}}{${q}}`,
    ],
    others: [
      `\\sqrt{${a * p}}`,
      `${a}\\sqrt[3]{${p}}`,
      (a * Math.sqrt(p)).toFixed(2),
      `${a + 1}\\sqrt{${p}}`,
      `-${a}\\sqrt{${p}}`,
    ],
  };
}

export function surdAnswer(random: Random): Drawn {
  const [a, b, p] = [small(random), small(random), pick(random, PRIMES)];
  const value = a + b * Math.sqrt(p);
  return {
    gold: `${a}+${b}\\sqrt{${p}}`,
    forms: [
      `${b}\\sqrt{${p}}+${a}`,
      `\\sqrt{${a * a + b * b * p}+${2 * a * b}\\sqrt{${p}}}`,
      `\\frac{${b * b * p - a * a}}{${b}\\sqrt{${p}}-${a}}`,
      value.toFixed(10),
      `-(-${a}-${b}\\sqrt{${p}})`,
    ],
    others: [`${a}-${b}\\sqrt{${p}}`, `${a + b}\\sqrt{${p}}`, value.toFixed(3), `${b}+${a}\\sqrt{${p + 1}}`],
  };
}

export function powerAnswer(random: Random): Drawn {
  const [base, n] = [2 + random.integer(4), 30 + random.integer(2000)];
  return {
    gold: `${base}^{${n}}`,
    forms: [
      `${base}^${n}`,
      `${base}\\cdot ${base}^{${n - 1}}`,
      `${base}^{${n - 2}}\\cdot ${base * base}`,
      `\\frac{${base}^{${n + 1}}}{${base}}`,
    ],
    others: [
      `${base}^{${n + 1}}`,
      `${base}^{${n}}-1`,
      `${base + 1}^{${n}}`,
      `\\frac{${base}^{${n}}}{${base}}`,
    ],
  };
}

export function piAnswer(random: Random): Drawn {
  const [n, d] = fraction(random);
  return {
    gold: `\\frac{${n}\\pi}{${d}}`,
    forms: [
      `\\frac{${n}}{${d}}\\pi`,
      `${n}\\pi/${d}`,
      `\\pi\\cdot\\frac{${n}}{${d}}`,
      ((n / d) * Math.PI).toFixed(9),
      `\\frac{${2 * n}\\pi}{${2 * d}}`,
    ],
    others: [
      `\\frac{${n}}{${d}}`,
      ((n / d) * Math.PI).toFixed(2),
      `\\frac{${n + 1}\\pi}{${d}}`,
      `\\frac{${n}\\pi^2}{${d}}`,
    ],
  };
}

export function angleAnswer(random: Random): Drawn {
  const [d, n] = [3 + random.integer(10), 1 + random.integer(2)];
  const degrees = 1 + random.integer(179);
  if (random.integer(2) === 0)
    return {
      gold: `${degrees}^{\\circ}`,
      forms: [`${degrees}^\\circ`, `${degrees}`, `${degrees}°`, `${degrees}\\text{ degrees}`],
      others: [`${degrees + 1}^{\\circ}`, `\\frac{\\pi}{${d}}`, `${180 - degrees + 180}^{\\circ}`],
    };
  return {
    gold: `\\arccos\\frac{${n}}{${d}}`,
    forms: [
      `\\cos^{-1}\\frac{${n}}{${d}}`,
      `\\pi-\\arccos\\left(-\\frac{${n}}{${d}}\\right)`,
      `\\frac{\\pi}{2}-\\arcsin\\frac{${n}}{${d}}`,
    ],
    others: [
      `\\arcsin\\frac{${n}}{${d}}`,
      `\\arccos\\frac{${n}}{${d + 1}}`,
      `\\pi-\\arccos\\frac{${n}}{${d}}`,
    ],
  };
}

export function nestedAnswer(random: Random): Drawn {
  const [a, p] = [small(random), pick(random, PRIMES)];
  return {
    gold: `\\sqrt[4]{${a * a * a}\\cdot ${p}}`,
    forms: [
      `\\sqrt{\\sqrt{${a * a * a * p}}}`,
      `(${a * a * a * p})^{1/4}`,
      `\\frac{${a}\\sqrt[4]{${p}}}{\\sqrt[4]{${a}}}`,
    ],
    others: [`\\sqrt[3]{${a * a * a * p}}`, `${a}\\sqrt[4]{${p}}`, `\\sqrt[4]{${a * a * a * p + 1}}`],
  };
}

export function countedAnswer(random: Random): Drawn {
  const [n, k] = [5 + random.integer(12), 2 + random.integer(3)];
  let ways = 1;
  for (let j = 1; j <= k; j++) ways = (ways * (n - k + j)) / j;
  return {
    gold: `${ways}`,
    forms: [
      `\\binom{${n}}{${k}}`,
      `\\frac{${n}!}{${k}!\\cdot ${n - k}!}`,
      `{${n} \\choose ${k}}`,
      `\\binom{${n}}{${n - k}}`,
    ],
    others: [`\\binom{${n}}{${k + 1}}`, `${ways}!`, `\\frac{${n}!}{${k}!}`, `${n}^${k}`],
  };
}

export function logarithmAnswer(random: Random): Drawn {
  const [a, b] = [small(random), 14 + random.integer(20)];
  return {
    gold: `\\ln ${a}+\\ln ${b}`,
    forms: [
      `\\ln ${a * b}`,
      `\\ln(${a}\\cdot ${b})`,
      Math.log(a * b).toFixed(9),
      `\\frac{\\ln ${(a * b) ** 2}}{2}`,
    ],
    others: [`\\ln ${a + b}`, Math.log(a * b).toFixed(3), `\\log_{2} ${a * b}`, `\\ln ${b}-\\ln ${a}`],
  };
}
