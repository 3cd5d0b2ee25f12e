import { replaceCommand, withoutDelimiters, withoutOrdinal } from "./markup";
import { sharedUnicode } from "./unicode";
import { withoutUnit } from "./units";

/** A brace at the end, with or without a power. */
const CLOSED = /\}(?:\^\d|\{\^\d\})?$/;

/**
 * An answer as Math-Verify reads it: the same steps in the same order, with the same gaps (no Chinese, no thin-space thousands, no nested markup).
 * @see OlymMATH, reference verdict, a
 */
export function normalizeRef(raw: string): string {
  const announced = /answer/i.test(raw) ? announcedReading(raw) : undefined;
  if (announced !== undefined) return announced;
  let text = withoutOrdinal(withoutDelimiters(sharedUnicode(raw).replace(/\s+/g, " ")));
  text = insideBoxes(text);
  text = text.replace(/\\!\s*|\\text\s*\{\s*\}|\\?\$|(?<!\\)["']|\\displaystyle/g, "");
  text = text.replace(/\\(?:math|text)(?:rm|it|bf|normal)(?![A-Za-z])/g, "\\text");
  text = text.replace(/\s*\{\s*,\s*\}/g, ",");
  text = text.replace(/\s*,?\s*\\text\s*\{\s*(?:and|or)\s*\}/g, ",");
  text = text.replace(/(?<![A-Za-z\\])\s*,?\s*(?:and|or)(?![A-Za-z])/g, ",");
  text = text.replace(/\\text\s*\{\s*percent\s*\}\s*$/, "").replace(/\s*\bpercent(?:age)?\b/g, "%");
  text = withoutTextAtEnd(text.replace(/(?<!\\)\\\s/g, " ").trim());
  if (!CLOSED.test(text)) text = withoutUnit(withoutUnit(text));
  text = text.replaceAll("\\%", "%");
  text = text
    .replace(/(?<!\\)\b(?:infinity|inf)\b/g, "\\infty")
    .replace(/(?<![A-Za-z\\])(sqrt|pi)(?![A-Za-z])/g, "\\$1");
  // Text is a symbol. One of digits has the name of its number; one with braces in it cannot be read.
  text = replaceCommand(text, ["text", "mbox"], (content) =>
    /^\s*(?:-?\d+(?:\/\d+)?|[A-Za-z])\s*$/.test(content) ? `{${content}}` : `\\text{${content}}`,
  );
  text = text.trim();
  // Thousands are read only where the number is all there is.
  if (/^[-+]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?$/.test(text)) return text.replaceAll(",", "");
  return text.replace(/(?:\s|\\quad|\\\\|\\[,;]|,)+$/, "");
}

/** The contents of the boxes, as a list, where there are any: what stands around them does not count. */
function insideBoxes(text: string): string {
  const boxes: string[] = [];
  if (text.includes("box"))
    replaceCommand(text, ["boxed", "fbox"], (content) => String(boxes.push(insideBoxes(content))));
  return boxes.length > 0 ? boxes.join(",") : text;
}

/**
 * Without the first `\text{}` and all behind it, where the answer ends with a brace: a unit, a note, a full stop. Something stays in front.
 */
function withoutTextAtEnd(text: string): string {
  if (!CLOSED.test(text)) return text;
  const before = text.slice(0, Math.max(0, text.search(/\\(?:text|mbox)\{/))).trim();
  return before === "" ? text : before;
}

const EXPRESSION = String.raw`(-?\(?-?\d[\d.\s+*×/^()÷-]*[+*×/^()÷-][\d.\s+*×/^()÷-]+)(?:[.,:\s)]|$)`;
const NUMBER = String.raw`(-?[1-9]\d{0,2}(?:[ ,]\d{3})+(?:\.\d+)?|-?\d+[.,]\d+|\.\d+|-?\d+)`;
const PLAIN_EXPRESSION = new RegExp(String.raw`[\s=]${EXPRESSION}`, "g");
const PLAIN_NUMBER = new RegExp(String.raw`(?:^|[\s=])\s*${NUMBER}`, "g");
const SIMPLE = String.raw`-?\d+(?:[.,]\d+)?`;
/** Behind "answer:", else behind "answer". */
const ANNOUNCED = ["answer:", "answer"].map((word) =>
  [
    String.raw`${word}.{0,50}?(-?\\frac\{${SIMPLE}\}\{${SIMPLE}\})`,
    String.raw`${word}(?:.{0,100}=\s*|.{0,50}?)[\s=](?:${EXPRESSION}|${NUMBER})(?!\s*=)`,
  ].map((source) => new RegExp(source, "gi")),
);

/**
 * What is read where the formula cannot be: plain arithmetic that stands behind a space or an equals sign, a number that stands there or at
 * the beginning; the last of each, and first the one that ends last.
 */
export function plainReadings(raw: string): string[] {
  return lastMatches([PLAIN_EXPRESSION, PLAIN_NUMBER], raw.replaceAll("$", "").trim());
}

/** The plain fraction, arithmetic or number behind the word "answer": it goes before the formula it may be a part of. */
function announcedReading(raw: string): string | undefined {
  if (raw.includes("\\boxed")) return undefined;
  for (const patterns of ANNOUNCED) {
    const [found] = lastMatches(patterns, raw);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The last match of each pattern, first the one that ends last, as a number or arithmetic of the parser. */
function lastMatches(patterns: readonly RegExp[], text: string): string[] {
  const found = patterns.flatMap((pattern) => [...text.matchAll(pattern)].slice(-1));
  const end = ({ 0: match, index }: { 0: string; index?: number }) => index! + match.length;
  return found
    .sort((a, b) => end(b) - end(a))
    .map((match) => {
      const plain = match.slice(1).find((group) => group !== undefined)!;
      if (/^-?[1-9]\d{0,2}(?:[ ,]\d{3})+(?:\.\d+)?$/.test(plain)) return plain.replace(/[ ,]/g, "");
      return plain.replace(",", ".").replace(/[.\s]+$/, "");
    });
}
