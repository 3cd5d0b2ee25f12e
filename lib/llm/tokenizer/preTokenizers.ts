/**
 * How a family of models cuts a text into the pieces that no token crosses. Each is one pattern that covers every text: all pieces are matches, none is a
 * gap. `\p{White_Space}` is what `\s` is outside of JavaScript, whose own `\s` has U+FEFF and lacks U+0085.
 * @see the papers' specification, 2K: patterns of GPT-2, SmolLM, Qwen2 and Llama 3
 */
export type PreTokenizerName = "gpt2" | "smollm" | "qwen2" | "llama-bpe";

export interface PreTokenizer {
  readonly name: PreTokenizerName;
  /** Global and by code points. */
  readonly pattern: RegExp;
}

/** Whitespace, anything but whitespace, and anything but whitespace, letters and numbers. */
const [S, NOT_S, OTHER] = ["\\p{White_Space}", "\\P{White_Space}", "[^\\p{White_Space}\\p{L}\\p{N}]"];

const GPT2_CONTRACTIONS = "'s|'t|'re|'ve|'m|'ll|'d";
/** Of either case. That of s has a third letter, the long ſ, as in every engine that folds case by Unicode. */
const CONTRACTIONS = "'[sSſ]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD]";

/** The last space of a run belongs to the word behind it. */
const GPT2 = `${GPT2_CONTRACTIONS}| ?\\p{L}+| ?\\p{N}+| ?${OTHER}+|${S}+(?!${NOT_S})|${S}+`;

/** GPT-2's after every digit was cut out: a number is no more one piece, nor has it the space before it, so that a run of spaces before it stays whole. */
const SMOLLM = `${GPT2_CONTRACTIONS}| ?\\p{L}+|\\p{N}| ?${OTHER}+|${S}+(?![^\\p{White_Space}\\p{N}])|${S}+`;

/** @param digits what counts as a number */
function qwenPattern(digits: string): string {
  return `${CONTRACTIONS}|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|${digits}| ?${OTHER}+[\\r\\n]*|${S}*[\\r\\n]+|${S}+(?!${NOT_S})|${S}+`;
}

const PATTERNS: Readonly<Record<PreTokenizerName, string>> = {
  gpt2: GPT2,
  smollm: SMOLLM,
  qwen2: qwenPattern("\\p{N}"),
  "llama-bpe": qwenPattern("\\p{N}{1,3}"),
};

export const PRE_TOKENIZERS = Object.keys(PATTERNS) as PreTokenizerName[];

export function preTokenizer(name: PreTokenizerName): PreTokenizer {
  return { name, pattern: new RegExp(PATTERNS[name], "gu") };
}

/**
 * The pieces of a text, in order: joined they are the text.
 * @throws RangeError where letters, or other characters of one kind, follow one another by many millions: the engine's stack for patterns is then full
 */
export function splitPieces({ pattern }: PreTokenizer, text: string): readonly string[] {
  try {
    return text.match(pattern) ?? [];
  } catch (error) {
    throw new RangeError(
      "A run of characters of one kind is too long to be one piece: cut the text, at a space or the end of a line.",
      { cause: error },
    );
  }
}
