import { tf } from "../../tensor";
import { decode, encode } from "./t5";
import type { T5 } from "./t5Parameters";
import { identifier, type TokenMap } from "./tokenMap";

/** A beam, or a whole tuple. */
export interface Candidate {
  readonly tokens: readonly number[];
  readonly score: number;
}

/** [V] log-probabilities of what follows the tokens. */
export type NextToken = (tokens: readonly number[]) => ArrayLike<number>;

/**
 * All conditional log-probabilities of a small model for one input, by teacher forcing over every tuple that can be written.
 * @param inputs  [L] ids
 * @param digits  D: tuples have D tokens
 */
export function nextTokens(model: T5<tf.Tensor>, inputs: readonly number[], digits: number): NextToken {
  const { vocabulary } = model.options;
  const rows = vocabulary ** (digits - 1);
  // Row r is the start token, then the digits of r in base V.
  const ids = Int32Array.from({ length: rows * digits }, (_, at) => {
    const [row, place] = [Math.floor(at / digits), at % digits];
    return place === 0 ? 0 : Math.floor(row / vocabulary ** (digits - 1 - place)) % vocabulary;
  });
  const logProbabilities = tf.tidy(() => {
    const { states, mask } = encode(model, tf.tensor2d([...inputs], [1, inputs.length], "int32"));
    const encoded = { states: tf.tile(states, [rows, 1, 1]), mask: tf.tile(mask, [rows, 1, 1, 1]) };
    return tf.logSoftmax(decode(model, tf.tensor2d(ids, [rows, digits], "int32"), encoded)).dataSync();
  });
  return (tokens) => {
    const padded = Array.from({ length: digits - 1 }, (_, place) => tokens[place] ?? 0);
    const row = padded.reduce((number, token) => number * vocabulary + token, 0);
    const start = (row * digits + tokens.length) * vocabulary;
    return logProbabilities.subarray(start, start + vocabulary);
  };
}

/** Whether an identifier of the map begins with the tokens. */
export function isPrefix(map: TokenMap): (tokens: readonly number[]) => boolean {
  const prefixes = new Set<string>();
  for (let item = 1; item <= map.items; item++) {
    const own = identifier(map, item);
    for (let length = 1; length <= own.length; length++) prefixes.add(own.subarray(0, length).join());
  }
  return (tokens) => prefixes.has(tokens.join());
}

/**
 * Beam search as its definition says: all continuations of all beams, sorted, the best of them kept. With as many beams as there are prefixes it is
 * the enumeration of all tuples.
 * @param allowed  whether a prefix may be a beam; default: all of them
 */
export function referenceSearch(
  next: NextToken,
  digits: number,
  beams: number,
  allowed: (tokens: readonly number[]) => boolean = () => true,
): Candidate[] {
  let kept: Candidate[] = [{ tokens: [], score: 0 }];
  for (let depth = 0; depth < digits; depth++) {
    kept = kept
      .flatMap(({ tokens, score }) =>
        Array.from(next(tokens), (logProbability, token) => ({
          tokens: [...tokens, token],
          score: score + logProbability,
        })),
      )
      .filter(({ tokens }) => allowed(tokens))
      .sort((a, b) => b.score - a.score)
      .slice(0, beams);
  }
  return kept;
}
