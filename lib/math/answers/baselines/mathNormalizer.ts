import { sameString } from "./exactString";

/**
 * An answer in one notation, as graders of the MATH data set have it: without sizes of brackets, units, degree, percent and dollar signs and a
 * variable in front; fractions and roots with all their braces, 0.5 and a/b as fractions. Everything else stays as it is written.
 * @see Hendrycks et al. 2021, Measuring Mathematical Problem Solving With the MATH Dataset, normalisation of answers; OlymMATH, checkers to compare with
 */
export function mathNotation(raw: string): string {
  const text = raw
    .trim()
    .replace(/\\(?:left|right)(?![A-Za-z])|\\!/g, "")
    .replace(DEGREES, "")
    .replace(/\\?%|\\\$/g, "")
    .replace(UNIT, "")
    .replace(VARIABLE, "")
    .replace(/(?<!\d)\.(?=\d)/g, "0.");
  return withoutSlash(withBraces(text)).trim();
}

/** Whether two answers are the same characters in that notation. */
export function sameNotation(gold: string, prediction: string): boolean {
  return sameString(mathNotation(gold), mathNotation(prediction));
}

const DEGREES = /\^\s*(?:\\circ(?![A-Za-z])|\{\s*\\circ\s*\})|\\degree(?![A-Za-z])|°/g;
/** Words behind a value, perhaps squared: `10\text{ cm}^2`. */
const UNIT = /(?<=[^\s=])\s*\\text\s*\{[^{}]*\}(?:\s*\^\s*(?:\d|\{\s*\d\s*\}))?\s*$/;
/** `x=`, where it is the only equals sign. */
const VARIABLE = /^[A-Za-z]{1,2}\s*=(?=[^=]*$)/;

/** `\tfrac12` is \frac{1}{2}, `\sqrt3` is \sqrt{3}; an argument that is a command stays. */
function withBraces(text: string): string {
  return text
    .replace(/\\[dt]frac(?![A-Za-z])/g, "\\frac")
    .replace(/\\(frac|sqrt)\s*([^\s\\{}[])/g, (_, name: string, argument: string) => `\\${name}{${argument}}`)
    .replace(/(\\frac\s*\{[^{}]*\})\s*([^\s\\{}])/g, "$1{$2}");
}

/** 3/4 is \frac{3}{4} and 0.5 is \frac{1}{2}, where that is the whole answer. */
function withoutSlash(text: string): string {
  const [, sign, above, below] = /^(-?)\s*(\d+)\s*\/\s*(\d+)$/.exec(text === "0.5" ? "1/2" : text) ?? [];
  return above === undefined ? text : `${sign}\\frac{${above}}{${below}}`;
}
