import { tf } from "../../../tensor";
import type { ResidualLayer, ResidualTransformer } from "./residualTransformer";
import { PLACES, TOKENS } from "./task";

const [V, T] = [TOKENS.count, PLACES.length];

/** Blocks of the residual stream, by their first number. */
const TOKEN = 0;
const POSITION = TOKEN + V;
const PREVIOUS = POSITION + T;
const ONE = PREVIOUS + V;
const MATCH = ONE + 1;
const RELEVANT = MATCH + 1;
const FORMAT = RELEVANT + 1;
const YES = FORMAT + 1;
const NO = YES + 1;
const D = NO + 1;

/** Sharpness of attention: what is not attended to weighs exp(−β/2) or less. */
const BETA = 40;

/** Row, column, value. */
type Entry = readonly [number, number, number];

/**
 * A model whose circuit is known because its weights were written by hand. It judges relevance in four steps:
 * a previous-token head tells every attribute its entity; a match head finds the triple that is the query's; one head takes the match to the answer's
 * position and one the instruction; the last feed-forward layer joins the two. logit(yes) − logit(no) is 4 or −4, and always right.
 * @returns weights for the caller to free
 */
export function handBuiltCircuit(): ResidualTransformer {
  return {
    tokens: matrix(
      [V, D],
      range(V).map((id) => [id, TOKEN + id, 1]),
    ),
    positions: matrix(
      [T, D],
      range(T).flatMap((place): Entry[] => [
        [place, POSITION + place, 1],
        [place, ONE, 1],
      ]),
    ),
    layers: [previousTokenLayer(), matchLayer(), answerLayer()],
    unembedding: matrix(
      [2, D],
      [
        [0, YES, 1],
        [1, NO, 1],
      ],
    ),
  };
}

/** L0H0: score(i, j) = β [j = i − 1]; writes the token before. */
function previousTokenLayer(): ResidualLayer {
  return {
    query: heads(
      matrix(
        [T, D],
        range(T - 1).map((place) => [place, POSITION + place + 1, BETA]),
      ),
    ),
    key: heads(
      matrix(
        [T, D],
        range(T).map((place) => [place, POSITION + place, 1]),
      ),
    ),
    value: heads(
      matrix(
        [V, D],
        range(V).map((id) => [id, TOKEN + id, 1]),
      ),
    ),
    output: heads(
      matrix(
        [D, V],
        range(V).map((id) => [PREVIOUS + id, id, 1]),
      ),
    ),
  };
}

/**
 * L1H0: score(i, j) = β (prev_i · prev_j + tok_i · tok_j) + bias_j, bias 0 in the document, 1.5 β at BOS, −3 β elsewhere. A triple with both of the query's
 * has 2 β > 1.5 β > β, what one with half of it has. Its value is 1 in the document: it writes `match`. BOS is no content, before another token or by itself.
 */
function matchLayer(): ResidualLayer {
  const contents = range(V).filter((id) => id !== TOKENS.begin);
  const inDocument = (place: number) => place >= PLACES.firstTriple && place < PLACES.query;
  const bias = (place: number) => (place === 0 ? 1.5 : inDocument(place) ? 0 : -3);
  return {
    query: heads(
      matrix(
        [2 * V + 1, D],
        [
          ...range(V).flatMap((id): Entry[] => [
            [id, PREVIOUS + id, BETA],
            [V + id, TOKEN + id, BETA],
          ]),
          [2 * V, ONE, BETA],
        ],
      ),
    ),
    key: heads(
      matrix(
        [2 * V + 1, D],
        [
          ...contents.flatMap((id): Entry[] => [
            [id, PREVIOUS + id, 1],
            [V + id, TOKEN + id, 1],
          ]),
          ...range(T).map((place): Entry => [2 * V, POSITION + place, bias(place)]),
        ],
      ),
    ),
    value: heads(
      matrix(
        [1, D],
        range(T)
          .filter(inDocument)
          .map((place) => [0, POSITION + place, 1]),
      ),
    ),
    output: heads(matrix([D, 1], [[MATCH, 0, 1]])),
  };
}

/**
 * L2H0: from the answer's position to the query's attribute, match → r. L2H1: from there to the instruction, [I+] → f.
 * MLP: x = 1 − (r + f) + 2 relu(r + f − 1), which is r XNOR f; yes += 4 x, no += 4 (1 − x).
 */
function answerLayer(): ResidualLayer {
  const asker = () => matrix([1, D], [[0, POSITION + PLACES.answer, BETA]]);
  return {
    query: heads(asker(), asker()),
    key: heads(
      matrix([1, D], [[0, POSITION + PLACES.queryAttribute, 1]]),
      matrix([1, D], [[0, POSITION + PLACES.instruction, 1]]),
    ),
    value: heads(matrix([1, D], [[0, MATCH, 1]]), matrix([1, D], [[0, TOKEN + TOKENS.positive, 1]])),
    output: heads(matrix([D, 1], [[RELEVANT, 0, 1]]), matrix([D, 1], [[FORMAT, 0, 1]])),
    mlp: {
      // r + f, r + f − 1, 1: the first and the last are never negative, so that relu leaves them as they are
      input: matrix(
        [3, D],
        [
          [0, RELEVANT, 1],
          [0, FORMAT, 1],
          [1, RELEVANT, 1],
          [1, FORMAT, 1],
          [1, ONE, -1],
          [2, ONE, 1],
        ],
      ),
      output: matrix(
        [D, 3],
        [
          [YES, 0, -4],
          [YES, 1, 8],
          [YES, 2, 4],
          [NO, 0, 4],
          [NO, 1, -8],
        ],
      ),
    },
  };
}

/** A matrix of zeros but for the entries. */
function matrix([rows, columns]: readonly [number, number], entries: readonly Entry[]): tf.Tensor2D {
  const values = new Float32Array(rows * columns);
  for (const [row, column, value] of entries) values[row * columns + column] = value;
  return tf.tensor2d(values, [rows, columns]);
}

/** One matrix a head; frees them. */
function heads(...matrices: tf.Tensor2D[]): tf.Tensor3D {
  const stacked = tf.stack(matrices) as tf.Tensor3D;
  tf.dispose(matrices);
  return stacked;
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
