import type { CheckMode } from "./expression";

export interface Token {
  kind: "number" | "letter" | "command" | "mark" | "text" | "end";
  /** The number, the letter, the command without its backslash, the mark, or what `\text{}` holds. */
  text: string;
  /** Digits that repeat for ever behind a decimal number. */
  repeating?: string;
  /** Whether space stands before it. */
  spaced: boolean;
}

/** The answer cannot be read as mathematics. */
export class ParseError extends Error {
  override readonly name = "ParseError";
}

const SPACE =
  /[ \t\r\n~]+|\\[,;:! ]|\\(?:quad|qquad|thinspace|displaystyle|textstyle|limits|left\.?|right\.?|big[lrgm]?|Big[lrgm]?|bigg[lr]?|Bigg[lr]?)(?![A-Za-z])/y;
const NUMBER = /\d+\.\d+|\.\d+|\d+/y;
const SCIENTIFIC = /(?:\d+(?:\.\d+)?|\.\d+)[eE][+-]?\d+(?![\w.])/y;
const REPEATING = /(\d+\.\d*)(?:\\overline\s*\{(\d+)\}|\\dot\s*\{?(\d)\}?(?:(\d*)\\dot\s*\{?(\d)\}?)?)/y;
const TEXT = /\\(?:text|mbox|textrm|textbf|textit|mathrm|operatorname\*?)\s*\{([^{}]*)\}/y;
const COMMAND = /\\(?:[A-Za-z]+|[{}|%])/y;
const MARK = /\\\\|[-+*/^_(){}[\]|,;:=<>!%&']/y;

/**
 * The tokens of a normalised answer.
 * @param mode `want` reads repeating decimals and numbers with an exponent (`1e100`) as one number
 * @throws ParseError for a character that is none of an answer's
 */
export function tokenize(source: string, mode: CheckMode): Token[] {
  const tokens: Token[] = [];
  let [position, spaced] = [0, false];
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = position;
    const found = pattern.exec(source);
    if (found) position += found[0].length;
    return found;
  };
  const push = (token: Omit<Token, "spaced">) => {
    tokens.push({ ...token, spaced });
    spaced = false;
  };
  const readers: [RegExp, (found: RegExpExecArray) => Omit<Token, "spaced">][] = [
    [NUMBER, ([text]) => ({ kind: "number", text })],
    [TEXT, ([, text]) => ({ kind: "text", text: text.trim() })],
    [COMMAND, ([text]) => ({ kind: "command", text: text.slice(1) })],
    [MARK, ([text]) => ({ kind: "mark", text })],
    [/[A-Za-z]/y, ([text]) => ({ kind: "letter", text })],
  ];
  if (mode === "want")
    readers.unshift([REPEATING, repeatingDecimal], [SCIENTIFIC, ([text]) => ({ kind: "number", text })]);
  next: while (position < source.length) {
    if (match(SPACE)) {
      spaced = true;
      continue;
    }
    for (const [pattern, read] of readers) {
      const found = match(pattern);
      if (!found) continue;
      push(read(found));
      continue next;
    }
    const rest = String.fromCodePoint(source.codePointAt(position)!);
    throw new ParseError(`"${rest}" at ${position + 1} is no part of an answer`);
  }
  tokens.push({ kind: "end", text: "", spaced });
  return tokens;
}

/** 0.\overline{3}, 0.1\dot{6}, 0.\dot{1}4\dot{2} */
function repeatingDecimal(found: RegExpExecArray): Omit<Token, "spaced"> {
  const [, text, barred, first, between = "", last = ""] = found;
  return { kind: "number", text, repeating: barred ?? `${first}${between}${last}` };
}
