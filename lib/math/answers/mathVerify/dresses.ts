/** How a model writes an answer down: as a formula, with a name, in words, with a note. */

type Dress = (text: string) => string;

/** Marks, spaces and units around the answer. */
const PLAIN: readonly Dress[] = [
  (text) => `$${text}$`,
  (text) => `\\$${text}\\$`,
  (text) => `\\boxed{${text}}`,
  (text) => `\\boxed{${text}}.`,
  (text) => text.replaceAll("\\frac", "\\dfrac"),
  (text) => `${text}.`,
  (text) => `${text};`,
  (text) => `${text}\\,`,
  (text) => `${text}\\quad`,
  (text) => `\\quad ${text}`,
  (text) => ` ${text.replaceAll(",", ", ")} `,
  (text) => text.replace(/(?<!\\left)([([])/g, "\\left$1").replace(/(?<!\\right)([)\]])/g, "\\right$1"),
  (text) => `\\displaystyle ${text}`,
  (text) => `${text}\\text{ cm}`,
  (text) => `${text} \\text{ units}`,
  (text) => `${text}\\text{ square units}`,
  (text) => `${text}\\text{个}`,
];

/** Words and styles. */
const WORDS: readonly Dress[] = [
  (text) => `答案是${text}`,
  (text) => `\\text{The answer is } ${text}`,
  (text) => `\\text{The answer is: }${text}`,
  (text) => `The answer is ${text}`,
  (text) => `\\text{Answer: } ${text}`,
  (text) => `\\text{or } ${text}`,
  (text) => `${text} \\text{ or } 7`,
  (text) => `${text} \\text{ (maximum)}`,
  (text) => `${text}\\text{.}`,
  (text) => `${text} \\text{ as required}`,
  (text) => `${text}\\;(\\text{approximately } 3.14)`,
  (text) => `${text} \\text{ (approximately 3.14)}`,
  (text) => `x = ${text} \\text{ or so}`,
  (text) => `\\mathbf{${text}}`,
  (text) => `\\textbf{${text}}`,
  (text) => `\\text{${text}}`,
];

/** Names, chains and brackets. */
const RELATIONS: readonly Dress[] = [
  (text) => (text.startsWith("x\\in") ? text : `x=${text}`),
  (text) => `x \\in ${text}`,
  (text) => `S_{\\min} = ${text}`,
  (text) => `S_{\\text{min}} = ${text}`,
  (text) => `S_{\\triangle ABC} = ${text}`,
  (text) => `\\max = ${text}`,
  (text) => `f(x)=${text}`,
  (text) => `m+n=${text}`,
  (text) => `${text} = ${text}`,
  (text) => `${text} \\approx 1.23`,
  (text) => `a \\le ${text}`,
  (text) => `{${text}}`,
  (text) => `\\{${text}\\}`,
  (text) => `(${text})`,
  (text) => `\\left(${text}\\right)`,
  (text) => `(${text}, 3)`,
];

/** Arithmetic that may keep the value or change it. */
const ARITHMETIC: readonly Dress[] = [
  (text) => `${text}\\cdot 1`,
  (text) => `${text}+0`,
  (text) => `-(-${text})`,
  (text) => `|${text}|`,
  // Of a power or a long number it has too many digits.
  (text) => (/\^|\d{3}/.test(text) ? text : `${text}!`),
  (text) => `${text}\\%`,
  (text) => `\\sqrt{(${text})^2}`,
  (text) => `\\frac{2\\cdot ${text}}{2}`,
];

/** A third of the predictions stands as it is. */
const BARE = 28;

export const DRESSES: readonly Dress[] = [
  ...Array.from({ length: BARE }, () => (text: string) => text),
  ...PLAIN,
  ...WORDS,
  ...RELATIONS,
  ...ARITHMETIC,
];
