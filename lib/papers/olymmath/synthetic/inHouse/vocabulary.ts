import { byteLevelBpe, type Tokenizer } from "../../../../llm/tokenizer";
import { BYTE_CHARACTERS, toByteCharacters } from "../../../../llm/tokenizer/byteAlphabet";
import { preTokenizer, splitPieces } from "../../../../llm/tokenizer/preTokenizers";

/** Digits are pieces of their own. */
const PIECES = "smollm";
const SPECIAL = ["<|user|>", "<|assistant|>", "<|end|>"] as const;

/** A turn is its role, its content and the end of the turn. */
const TEMPLATE =
  "{% for message in messages %}" +
  "{% if message.role not in ['user', 'assistant'] %}{{ raise_exception('This model knows turns of user and assistant only.') }}{% endif %}" +
  "{{ '<|' + message.role + '|>' + message.content + '<|end|>' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}";

/**
 * A byte-level tokenizer whose merges are learnt from texts: every text can be written, and words that come often are one token. Digits stay single.
 * @param merges  most pairs to merge; fewer where the texts have no pair twice
 * @see Sennrich et al. 2016, arXiv:1508.07909, algorithm 1
 */
export function learntTokenizer(texts: readonly string[], merges: number): Tokenizer {
  const learnt = learnMerges(texts, merges);
  const words = [...new Set([...BYTE_CHARACTERS, ...learnt.map(([left, right]) => left + right)])];
  const id = (text: (typeof SPECIAL)[number]) => words.length + SPECIAL.indexOf(text);
  return byteLevelBpe({
    preTokenizer: PIECES,
    tokens: [...words, ...SPECIAL],
    merges: learnt.map((pair) => pair.join(" ")),
    special: SPECIAL.map((text) => ({ text, id: id(text), control: true })),
    eos: id("<|end|>"),
    chatTemplate: TEMPLATE,
  });
}

type Pair = readonly [string, string];

/** The most frequent pair of neighbours is joined, again and again; of equally many the first in the order of code units. */
function learnMerges(texts: readonly string[], count: number): Pair[] {
  let words = countedPieces(texts);
  const merges: Pair[] = [];
  while (merges.length < count) {
    const pairs = new Map<string, number>();
    for (const { symbols, times } of words)
      for (let i = 1; i < symbols.length; i++) {
        const pair = `${symbols[i - 1]} ${symbols[i]}`; // the alphabet has no space
        pairs.set(pair, (pairs.get(pair) ?? 0) + times);
      }
    let [best, most] = ["", 1];
    for (const [pair, times] of pairs)
      if (times > most || (times === most && pair < best)) [best, most] = [pair, times];
    if (best === "") break;
    const [left, right] = best.split(" ");
    merges.push([left, right]);
    words = words.map(({ symbols, times }) => ({ symbols: joined(symbols, left, right), times }));
  }
  return merges;
}

interface CountedPiece {
  readonly symbols: readonly string[];
  readonly times: number;
}

function countedPieces(texts: readonly string[]): CountedPiece[] {
  const counts = new Map<string, number>();
  for (const text of texts)
    for (const piece of splitPieces(preTokenizer(PIECES), text))
      counts.set(piece, (counts.get(piece) ?? 0) + 1);
  const encoder = new TextEncoder();
  return [...counts].map(([piece, times]) => ({
    symbols: [...toByteCharacters(encoder.encode(piece))],
    times,
  }));
}

function joined(symbols: readonly string[], left: string, right: string): readonly string[] {
  const result: string[] = [];
  for (let i = 0; i < symbols.length; i++) {
    if (symbols[i] === left && symbols[i + 1] === right) {
      result.push(left + right);
      i++;
    } else result.push(symbols[i]);
  }
  return result;
}
