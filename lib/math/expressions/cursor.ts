import type { CheckMode } from "./expression";
import { ParseError, type Token, tokenize } from "./tokens";

/** Brackets and commands nest at most this deep. */
const DEEPEST = 60;

/** A place among the tokens of an answer. */
export interface Cursor {
  readonly mode: CheckMode;
  /** Set inside `|...|` and `]...[`, where a mark that could open closes. */
  closers: Set<string>;
  peek(ahead?: number): Token;
  next(): Token;
  /** Whether the next token is one of these marks or commands. */
  at(...texts: string[]): boolean;
  /** Takes the next token if it is one of these. */
  take(...texts: string[]): Token | undefined;
  /** @throws ParseError where another token comes */
  expect(text: string): void;
  /** The argument of `\frac12`: one digit of a longer number. */
  takeDigit(): Token;
  /** Runs `read` one level deeper. @throws ParseError below the deepest */
  nested<T>(read: () => T): T;
  mark(): number;
  reset(position: number): void;
}

export function cursorOver(source: string, mode: CheckMode): Cursor {
  const tokens = tokenize(source, mode);
  let [position, depth] = [0, 0];
  const end = tokens[tokens.length - 1];
  const cursor: Cursor = {
    mode,
    closers: new Set(),
    peek: (ahead = 0) => tokens[position + ahead] ?? end,
    next: () => (position < tokens.length - 1 ? tokens[position++] : end),
    at: (...texts) => {
      const { kind, text } = cursor.peek();
      return (kind === "mark" || kind === "command") && texts.includes(text);
    },
    take: (...texts) => (cursor.at(...texts) ? cursor.next() : undefined),
    expect(text) {
      if (!cursor.take(text))
        throw new ParseError(`expected "${text}", found "${cursor.peek().text || "the end"}"`);
    },
    takeDigit() {
      const token = cursor.next();
      if (token.kind !== "number" || token.text.length === 1) return token;
      position--;
      tokens[position] = { ...token, text: token.text.slice(1), spaced: false };
      return { ...token, text: token.text[0] };
    },
    nested(read) {
      if (++depth > DEEPEST) throw new ParseError(`nested more than ${DEEPEST} levels deep`);
      const value = read();
      depth--;
      return value;
    },
    mark: () => position,
    reset: (to) => {
      position = to;
    },
  };
  return cursor;
}
