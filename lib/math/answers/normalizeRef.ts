import { replaceCommand, withoutDelimiters, withoutOrdinal } from "./markup";
import { sharedUnicode } from "./unicode";
import { withoutUnit } from "./units";

/**
 * An answer as Math-Verify reads it: the same steps in the same order, with the same gaps (no Chinese, no thin-space thousands, no nested markup).
 * @see OlymMATH, reference verdict, a
 */
export function normalizeRef(raw: string): string {
  let text = withoutOrdinal(withoutDelimiters(sharedUnicode(raw).replace(/\s+/g, " ")));
  text = replaceCommand(text, ["boxed"], (content) => content);
  text = text.replace(/\\!\s*|\\text\s*\{\s*\}|\\?\$|(?<!\\)["']|\\displaystyle/g, "");
  text = text.replace(/\\(?:math|text)(?:rm|it|bf|normal)(?![A-Za-z])/g, "\\text");
  text = text.replace(/\s*\{\s*,\s*\}/g, ",");
  text = text.replace(/\s*,?\s*\\text\s*\{\s*(?:and|or)\s*\}/g, ",");
  text = text.replace(/(?<![A-Za-z\\])\s*,?\s*(?:and|or)(?![A-Za-z])/g, ",");
  text = withoutUnit(
    text.replace(/\\text\s*\{\s*percent\s*\}\s*$/, "").replace(/\s*\bpercent(?:age)?\b/g, "%"),
  );
  text = withoutUnit(text).replaceAll("\\%", "%");
  text = text
    .replace(/(?<!\\)\b(?:infinity|inf)\b/g, "\\infty")
    .replace(/(?<![A-Za-z\\])(sqrt|pi)(?![A-Za-z])/g, "\\$1");
  text = replaceCommand(text, ["text", "mbox"], (content) =>
    /[A-Za-z\u4e00-\u9fff]{2}/.test(content) ? `\\text{${content}}` : `{${content}}`,
  );
  text = text.trim();
  // Thousands are read only where the number is all there is.
  if (/^[-+]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?$/.test(text)) return text.replaceAll(",", "");
  return text.replace(/(?:\s|\\quad|\\\\|\\[,;]|,)+$/, "");
}

const PLAIN_EXPRESSION = /[\s=](-?\(?-?\d[\d.\s+*×/^()÷-]*[+*×/^()÷-][\d.\s+*×/^()÷-]+)(?:[.,:\s)]|$)/g;
const PLAIN_NUMBER = /(?:^|[\s=])\s*(-?(?:\d+(?:[.,]\d+)?|\.\d+))/g;

/**
 * What is read where the formula cannot be: plain arithmetic that stands behind a space or an equals sign, a number that stands there or at
 * the beginning; the last of each, and first the one that ends last.
 */
export function plainReadings(raw: string): string[] {
  const text = raw.replaceAll("$", "").trim();
  const found = [PLAIN_EXPRESSION, PLAIN_NUMBER].flatMap((pattern) => [...text.matchAll(pattern)].slice(-1));
  const end = ({ 0: match, index }: { 0: string; index?: number }) => index! + match.length;
  return found
    .sort((a, b) => end(b) - end(a))
    .map((match) => match[1].replace(",", ".").replace(/[.\s]+$/, ""));
}
