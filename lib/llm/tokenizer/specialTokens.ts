import type { Span } from "./tokenizer";

/** A token that stands in the text as it is written, and that no merge makes. */
export interface SpecialToken {
  readonly text: string;
  readonly id: number;
  /** It steers the model rather than being part of what is said: `decode` leaves it out. */
  readonly control: boolean;
}

/** A special token found in a text. */
export interface FoundSpecial extends Span {
  readonly id: number;
}

/** Finds the special tokens of a text from left to right, where several begin at one place the longest of them. */
export interface SpecialMatcher {
  /**
   * @param verbatim parts of the text that none reaches into; in ascending order, disjoint
   * @throws RangeError where they are not so
   */
  find(text: string, verbatim?: readonly Span[]): FoundSpecial[];
}

export function specialMatcher(tokens: readonly SpecialToken[]): SpecialMatcher {
  const ids = new Map(tokens.map(({ text, id }) => [text, id]));
  const longestFirst = [...ids.keys()].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(longestFirst.map(escapePattern).join("|") || NEVER, "g");
  return {
    find: (text, verbatim = []) =>
      outside(text, verbatim).flatMap(({ start, end }) =>
        Array.from(text.slice(start, end).matchAll(pattern), (match) => {
          const at = start + match.index!;
          return { start: at, end: at + match[0].length, id: ids.get(match[0])! };
        }),
      ),
  };
}

/** The pattern that matches nothing. */
const NEVER = "(?!)";

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

/** What of the text is in no span. */
function outside(text: string, spans: readonly Span[]): Span[] {
  const between: Span[] = [];
  let start = 0;
  for (const span of spans) {
    if (!(start <= span.start && span.start <= span.end && span.end <= text.length))
      throw new RangeError(
        `The verbatim span [${span.start}, ${span.end}) is not behind the one before it and within the text of ${text.length} code units: give spans in ascending order that do not overlap.`,
      );
    between.push({ start, end: span.start });
    start = span.end;
  }
  between.push({ start, end: text.length });
  return between;
}
