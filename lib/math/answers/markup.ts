/** Commands that say how an answer looks and not what it is. */

/** The place behind the brace that closes the one at `open`; -1 where none does. Escaped braces do not count. */
export function closingBrace(text: string, open: number): number {
  let depth = 0;
  for (let k = open; k < text.length; k++) {
    if (text[k] === "\\") k++;
    else if (text[k] === "{") depth++;
    else if (text[k] === "}" && --depth === 0) return k;
  }
  return -1;
}

/** Replaces `\name{content}`, outermost first; `\name` alone stays where no brace follows. */
export function replaceCommand(
  text: string,
  names: readonly string[],
  replacement: (content: string) => string,
): string {
  const pattern = new RegExp(String.raw`\\(?:${names.join("|")})(?![A-Za-z])\s*\{`, "g");
  let [result, position] = ["", 0];
  for (let found = pattern.exec(text); found; found = pattern.exec(text)) {
    const open = pattern.lastIndex - 1;
    const close = closingBrace(text, open);
    if (close < 0) break;
    result += text.slice(position, found.index) + replacement(text.slice(open + 1, close));
    position = close + 1;
    pattern.lastIndex = position;
  }
  return result + text.slice(position);
}

const PAIRS: readonly [string, string][] = [
  ["$$", "$$"],
  ["$", "$"],
  ["\\(", "\\)"],
  ["\\[", "\\]"],
];

/** Without the marks of a formula around the whole text. */
export function withoutDelimiters(text: string): string {
  let result = text.trim();
  for (const [open, close] of PAIRS) {
    if (result.length < open.length + close.length || !result.startsWith(open) || !result.endsWith(close))
      continue;
    result = result.slice(open.length, -close.length).trim();
  }
  return result;
}

/** Without the ordinal ending of `12^{\text{th}}`. */
export function withoutOrdinal(text: string): string {
  return text.replace(/\^\s*\{?\s*\\(?:text|mathrm)\s*\{\s*(?:st|nd|rd|th)\s*\}\s*\}?/g, "");
}
