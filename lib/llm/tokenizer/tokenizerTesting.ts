import type { Random } from "../../data/random";
import { BYTE_CHARACTERS } from "./byteAlphabet";
import { type ByteLevelBpeOptions, byteLevelBpe } from "./byteLevelBpe";
import type { Tokenizer } from "./tokenizer";

/** Merges in the order of their rank; every token that one makes is in the vocabulary. The space is Ġ. */
const MERGES = [
  "Ġ t",
  "h e",
  "Ġt he",
  "i n",
  "Ġ a",
  "e r",
  "o n",
  "Ġ Ġ",
  "Ċ Ċ",
  "y e",
  "ye s",
  "n o",
  "Ã ©",
  "ð Ł",
];

/** A vocabulary of all bytes and what the merges make of them; the special tokens come last. */
export function smallTokenizer({
  merges = MERGES,
  specialTexts = [],
  ...options
}: Partial<Omit<ByteLevelBpeOptions, "merges">> & {
  readonly merges?: readonly string[];
  readonly specialTexts?: readonly string[];
} = {}): Tokenizer {
  const tokens = options.tokens ?? [
    ...new Set([...BYTE_CHARACTERS, ...merges.map((merge) => merge.replace(" ", ""))]),
  ];
  return byteLevelBpe({
    preTokenizer: "gpt2",
    special: specialTexts.map((text, i) => ({ text, id: tokens.length + i, control: true })),
    ...options,
    tokens: [...tokens, ...specialTexts],
    merges,
  });
}

const TEXTS: readonly (readonly string[])[] = [
  ["a", "the", "word", "it's", "we'LL", "naïve", "слово", "हिन्दी", "한국어"],
  [" ", "  ", "\n", "\r\n", "\t", "\u0085", "\u00a0", "\u3000", "\ufeff", "\u200b"],
  ["0", "42", "1984", "٣", "½", "Ⅷ"],
  ["'", "...", "—", "€", "\\", "\u0301", "\u0308", "\u0000", "\u007f"],
  ["😀", "👩‍👩‍👧", "🇩🇪", "✈️", "𠀀", "漢字", "東京"],
];

/** A text of up to 24 parts that tokenizers get wrong. */
export function randomText(random: Random): string {
  const part = (): string => {
    const kind = random.integer(TEXTS.length + 1);
    if (kind < TEXTS.length) return TEXTS[kind][random.integer(TEXTS[kind].length)];
    for (;;) {
      const text = String.fromCodePoint(random.integer(0x110000));
      if (/[^\p{Cs}\p{Cn}]/u.test(text)) return text;
    }
  };
  return Array.from({ length: random.integer(25) }, part).join("");
}
