import { closingBrace, replaceCommand, withoutDelimiters, withoutOrdinal } from "./markup";
import { fromUnicode } from "./unicode";
import { isUnit, withoutUnit } from "./units";

const LEAD_IN =
  /^\s*(?:(?:所以|因此|故|综上)\s*[,:]?\s*)?(?:(?:最终|最后|正确)?的?答案\s*(?:是|为|:)+|(?:结果|最[大小]值|值|取值范围|范围)\s*(?:是|为|:)+|(?:共有?|一共|总共|至少|至多|最多|大约|约)|(?:hence|thus|so|therefore)?,?\s*the\s+(?:final\s+)?answer\s+is\s*:?|answer\s*[:=])\s*/i;
const FILLER =
  /^\s*(?:共有?|一共|总共|约|大约|有|即|为|是|至少|最多|最小值[为是]?|最大值[为是]?|about|approximately|exactly|so|thus|hence|therefore)\s*,?\s*$/i;
/** "The greatest value is", "The area =", at the beginning. */
const SENTENCE_START = /^(?!.*\b(?:not|no|there)\b)[A-Za-z ,'-]*\b(?:is|equals|answer)\s*:?\s*$/i;
const TEXT_AT_START = /^\s*\\(?:text(?:bf|it|rm|normal)?|mathrm|mathbf|mbox)\s*\{([^{}]*)\}\s*(=?)/;
/** What is said of no name. */
const RELATION_AT_START = /^\s*(?:=|\\approx(?![A-Za-z]))\s*/;
const WORD = /[A-Za-z\u4e00-\u9fff]{2}/;
const PUNCTUATION = /^[\s.,;:!]*$/;
const CONNECTIVE = /^\s*,?\s*(?:and|or|或者?|和|与|及|以及|且)\s*,?\s*$/i;
const PLAIN_CONNECTIVE = /\s*,?\s*(?:(?<![A-Za-z\\])(?:and|or)(?![A-Za-z])|或者?|和|以及)\s*/gi;
const FUNCTION_WORD =
  /(?<![A-Za-z\\])(sqrt|pi|infinity|infty|arcsin|arccos|arctan|sin|cos|tan|log|ln)(?![a-z])/g;
/** In words alone, or words for a rounded value; not a word that changes the number. */
const NOTE_WORDS = String.raw`(?!\s*(?:hundred|thousand|million|billion|trillion|dozen|mod|percent|[百千万亿]))[A-Za-z\u4e00-\u9fff][A-Za-z\u4e00-\u9fff ,.'-]*`;
const ROUNDED = String.raw`(?:approximately|approx\.?|about|roughly|约|大约)\s*\$?\s*[\d.,]+\$?`;
const NOTE = new RegExp(
  String.raw`(?<=[^\s(])\s*(?:\\[ ,;:]\s*)*(?:${[
    // 12\text{ (maximum)}
    String.raw`\\text\s*\{\s*\(\s*(?:${ROUNDED}|${NOTE_WORDS})\s*\)\s*\}`,
    // 12\ (\text{maximum}), (\text{approximately } 3.14)
    String.raw`\(\s*\\text\s*\{\s*(?:${ROUNDED}|${NOTE_WORDS})\s*\}\s*\)`,
    String.raw`\(\s*\\text\s*\{\s*(?:approximately|approx\.?|about|roughly|约|大约)\s*\}\s*[\d.,]+\s*\)`,
    // 12 (maximum), 12(个)
    String.raw`\(\s*(?:${ROUNDED}|[\u4e00-\u9fff]+|(?=[A-Za-z\u4e00-\u9fff ,]{4})${NOTE_WORDS})\s*\)`,
  ].join("|")})\s*$`,
);
const MARKUP = [
  "textbf",
  "mathbf",
  "textit",
  "mathit",
  "textrm",
  "mathrm",
  "mathsf",
  "mathtt",
  "bm",
  "boldsymbol",
];

/**
 * An answer in the notation of the parser, by the stricter and kinder policy: one notation for Unicode, Chinese and LaTeX, without what only
 * dresses it.
 * @see OlymMATH, checker, N1-N5
 */
export function normalizeWant(raw: string): string {
  let text = fromUnicode(raw)
    .replace(/[\s~]+/g, " ")
    .replace(/^\s*\*\*(.+)\*\*\s*$/, "$1");
  text = unwrapped(text);
  text = text
    .replace(LEAD_IN, "")
    .replace(TEXT_AT_START, (whole, words: string, equals: string) =>
      SENTENCE_START.test(equals && /[a-z]{3}/.test(words) ? `${words} is` : words) ||
      words.replace(LEAD_IN, "") === ""
        ? ""
        : whole,
    )
    .replace(RELATION_AT_START, "");
  text = withoutOrdinal(withoutEnd(unwrapped(text)));
  text = withoutEnd(text.replace(NOTE, ""));
  text = replaceCommand(text, ["color", "textcolor"], () => "");
  text = replaceCommand(
    text,
    ["underline", "boxed", "fbox", "colorbox", "displaylines"],
    (content) => `{${content}}`,
  );
  text = replaceCommand(text, MARKUP, wordsOrMathematics);
  text = replaceCommand(text, ["text", "mbox"], wordsOrMathematics);
  text = text.replace(/\\(?:displaystyle|textstyle|limits|nolimits|!)/g, "").replaceAll("\\%", "%");
  text = text.replace(/\\[$]|[€£¥]/g, "").replaceAll("$", "");
  text = withoutEnd(text.replace(NOTE, ""));
  text = withoutUnit(withoutUnit(text));
  text = text
    .replace(PLAIN_CONNECTIVE, ",")
    .replace(FUNCTION_WORD, (word) => `\\${word === "infinity" ? "infty" : word}`);
  text = withoutEnd(withThousands(text));
  return withoutStrayBrace(text).trim();
}

/** Without the formula marks and boxes around all of it. */
function unwrapped(text: string): string {
  let result = withoutDelimiters(text);
  for (let layers = 0; layers < 4; layers++) {
    const boxed = /^\\(?:boxed|fbox)\s*\{/.exec(result);
    if (!boxed || closingBrace(result, boxed[0].length - 1) !== result.length - 1) break;
    result = withoutDelimiters(result.slice(boxed[0].length, -1));
  }
  return result;
}

/** What `\text{}` holds: a connective, a unit, filler, a percent word, mathematics, or words that mean something. */
function wordsOrMathematics(content: string): string {
  if (/^\s*$/.test(content)) return " ";
  if (PUNCTUATION.test(content)) return content;
  if (CONNECTIVE.test(content)) return ",";
  if (/^\s*(?:percent|percentage|pct)\s*$/i.test(content)) return "%";
  if (/^\s*(?:degrees?|度)\s*$/i.test(content)) return "^\\circ ";
  if (FILLER.test(content) || /[:]\s*$/.test(content)) return " ";
  const unit = content.replace(/^\s*\((.*)\)\s*$/, "$1");
  if (isUnit(unit)) return `\\text{${unit}}`;
  if (/^\s*[A-Za-z]\s*$/.test(content)) return ` ${content.trim()}`;
  const lettersOnly = content.replace(/\\[A-Za-z]+/g, "");
  // One letter, or none: the command only sets the style.
  if (!WORD.test(lettersOnly)) return `{${content.replace(END, "")}}`;
  if (!WORD.test(lettersOnly.replace(LEAD_IN, ""))) return `{${content.replace(LEAD_IN, "")}}`;
  return `\\text{${content}}`;
}

const END = /(?:\s|\\(?:[ ,;:!]|quad|qquad|\\)|~|[.,;]|(?<!\\)\\$)+$/;

/** Without the punctuation and space at its end, and without a comma before it; an escaped brace keeps its backslash. */
function withoutEnd(text: string): string {
  return text.replace(END, "").replace(/^[\s,]+/, "");
}

/**
 * 1{,}234 and 1\,234 and 1 234 anywhere, 1,234 outside brackets, where it is no list: groups of exactly three digits behind one to three.
 * @see OlymMATH, checker, N4
 */
function withThousands(text: string): string {
  const spaced = text.replace(
    /(?<![\d.^_}])([1-9]\d{0,2})((?:(?:\{,\}|\\[,; ]|[ ~])\d{3})+)(?![\d.,]*\d)(?!\s*\/)/g,
    (_, head: string, groups: string) => head + groups.replace(/\D/g, ""),
  );
  let depth = 0;
  return spaced.replace(/[([{]|[)\]}]|(?<![\d.,])[1-9]\d{0,2}(?:,\d{3})+(?![\d,]*\d)/g, (found) => {
    if ("([{".includes(found)) depth++;
    else if (")]}".includes(found)) depth--;
    else if (depth === 0) return found.replaceAll(",", "");
    return found;
  });
}

/** One closing brace too many is dropped; one too few stays an error. */
function withoutStrayBrace(text: string): string {
  let depth = 0;
  for (let k = 0; k < text.length; k++) {
    if (text[k] === "\\") k++;
    else if (text[k] === "{") depth++;
    else if (text[k] === "}" && --depth < 0) return text.slice(0, k) + text.slice(k + 1);
  }
  return text;
}
