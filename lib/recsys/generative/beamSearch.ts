import { tf } from "../../tensor";
import { gather } from "../../tensor/ops/gather";
import { logSumExp } from "../../tensor/ops/logSumExp";
import { topK } from "../../tensor/ops/topK";
import { where } from "../../tensor/ops/where";
import { encode } from "./t5";
import { decoderMemory, decodeStep, readPrefix, reorderCache, type T5Cache, type T5Memory } from "./t5Cache";
import type { T5 } from "./t5Parameters";
import type { TrieTensors } from "./trieTensors";

/** The score of a beam that stands for no tuple, where fewer tuples than beams are allowed. Finite: no NaN comes of adding to it. */
export const DEAD = -1e9;

export interface BeamSearchOptions {
  /** Tuples to find of each row. */
  readonly beams: number;
  /**
   * false: every token of the vocabulary may come next, as in the paper, which leaves the trie out for parallel decoding; some tuples then belong to
   * no item. "legal": a digit's token may be any of the digit's own range; needed where digits share a range, since a token then does not tell which digit
   * it stands for. true: only what the trie allows. The last two are our additions.
   */
  readonly constrained: boolean | "legal";
}

/** What the decoder has read when a search begins. */
export interface BeamStart {
  readonly memory: T5Memory;
  /** Of the tokens before the last. */
  readonly cache: T5Cache;
  /** [B, b] int32: the last token of each of the b beams to start from. */
  readonly last: tf.Tensor2D;
  /** [B, b]: log-probabilities so far, which those of the digits are added to. Default 0. */
  readonly scores?: tf.Tensor2D;
}

/** The best tuples found of each row, best first. */
export type BeamSearchResult = {
  /** [B, beams] int32: the item that the trie leads to; 0 where no item has the tuple. */
  readonly items: tf.Tensor2D;
  /** [B, beams, D] int32 */
  readonly tokens: tf.Tensor3D;
  /** [B, beams]: log-probability of the tuple, in nats; `DEAD` where there is none. */
  readonly scores: tf.Tensor2D;
};

/** The beams of all rows after some digits. */
interface Beams {
  /** Of each digit so far [B, beams] int32. */
  readonly tokens: readonly tf.Tensor2D[];
  /** [B, beams] */
  readonly scores: tf.Tensor2D;
  /** [B, beams] int32: the trie's node, of the last digit the item; -1 where no identifier begins so. */
  readonly nodes: tf.Tensor2D;
}

/**
 * Beam search for the identifiers that follow the inputs: `beamSearchFrom` with the encoder's run, which is one for all digits. All rows start from one
 * beam, so that no beam is there twice. Traceable as a whole.
 * @param inputs  [B, L] int32, padded with 0
 * @param trie    of the tokenizer that wrote the inputs
 * @param options `prefix`: what the decoder reads before the first digit, a start token and whatever follows it; it has no score. Default: [0]
 * @throws RangeError where there are fewer tuples than beams
 * @see MTGRec, arXiv:2504.04400 and its code: no step for the end of the sequence
 */
export function beamSearch(
  model: T5<tf.Tensor>,
  inputs: tf.Tensor2D,
  trie: TrieTensors,
  { prefix = [0], ...options }: BeamSearchOptions & { readonly prefix?: readonly number[] },
): BeamSearchResult {
  return tf.tidy(() => {
    const memory = decoderMemory(model, encode(model, inputs));
    return beamSearchFrom(model, { memory, ...readPrefix(model, memory, prefix) }, trie, options);
  });
}

/**
 * Beam search for the identifiers that follow what the decoder has read. Each digit is one step, which keeps the best continuations of all beams by the sum
 * of their log-probabilities over the whole vocabulary. A tuple is found once for each of the beams that the search starts from and that leads to it.
 * @throws RangeError where there are fewer tuples than beams
 */
export function beamSearchFrom(
  model: T5<tf.Tensor>,
  { memory, cache: read, last: start, scores: before }: BeamStart,
  trie: TrieTensors,
  { beams, constrained }: BeamSearchOptions,
): BeamSearchResult {
  const { widths, offsets } = trie;
  const digits = widths.length;
  const tuples = widths.reduce(
    (product, width) => product * (constrained ? width : model.options.vocabulary),
    start.shape[1],
  );
  if (beams > tuples)
    throw new RangeError(
      `beamSearch: ${beams} beams are more than the ${tuples} tuples of ${digits} digits.`,
    );
  return tf.tidy(() => {
    let cache = read;
    let last = start;
    let found: Beams = {
      tokens: [],
      scores: before ?? tf.zeros(start.shape),
      nodes: tf.zeros(start.shape, "int32"),
    };
    for (let depth = 0; depth < digits; depth++) {
      const step = decodeStep(model, memory, cache, last);
      const scores = continuations(step.logits, found, trie, depth, constrained);
      const best = largest(scores, beams);
      const { parents } = best;
      last = constrained ? best.columns.add(tf.scalar(offsets[depth], "int32")) : best.columns;
      found = {
        tokens: [...found.tokens.map((digit) => gather<tf.Tensor2D>(digit, parents, 1, 1)), last],
        scores: best.values,
        nodes: follow(trie, depth, gather(found.nodes, parents, 1, 1), last),
      };
      if (depth < digits - 1) cache = reorderCache(step.cache, parents);
    }
    const { tokens, scores, nodes } = found;
    return {
      items: tf.maximum<tf.Tensor2D>(nodes, tf.scalar(0, "int32")),
      tokens: tf.stack(tokens as tf.Tensor2D[], 2) as tf.Tensor3D,
      scores,
    };
  });
}

/**
 * The scores of all continuations of all beams by one token.
 * @param logits  [B, beams, V]
 * @returns [B, beams, V]; constrained or legal: [B, beams, values of the digit]
 */
function continuations(
  logits: tf.Tensor3D,
  { scores, nodes }: Beams,
  { children, widths, offsets }: TrieTensors,
  depth: number,
  constrained: boolean | "legal",
): tf.Tensor3D {
  const base = scores.expandDims<tf.Tensor3D>(2).sub(logSumExp(logits, -1, true));
  if (!constrained) return logits.add(base);
  const width = widths[depth];
  const ofDigit = logits.slice([0, 0, offsets[depth]], [-1, -1, width]).add<tf.Tensor3D>(base);
  if (constrained === "legal") return ofDigit;
  const none = tf.scalar(0, "int32");
  const next = gather<tf.Tensor3D>(children[depth].reshape([-1, width]), tf.maximum(nodes, none));
  const isDead = tf.logicalOr(next.less(none), nodes.less(none).expandDims(2));
  return where(isDead, DEAD, ofDigit);
}

/** The nodes that tokens lead to; -1 where there is none. @param nodes [B, beams] int32 @param tokens [B, beams] int32 */
function follow(
  { children, widths, offsets }: TrieTensors,
  depth: number,
  nodes: tf.Tensor2D,
  tokens: tf.Tensor2D,
): tf.Tensor2D {
  const [none, width] = [tf.scalar(0, "int32"), tf.scalar(widths[depth], "int32")];
  const values = tokens.sub(tf.scalar(offsets[depth], "int32"));
  const isDigit = tf.logicalAnd(values.greaterEqual(none), values.less(width));
  const isEdge = tf.logicalAnd(isDigit, nodes.greaterEqual(none));
  const edges = where(isEdge, nodes.mul(width).add(values), none);
  return where(isEdge, gather(children[depth], edges), tf.scalar(-1, "int32"));
}

/**
 * The largest scores of each row, in descending order, and where they stood. Only the columns with the largest maxima are sorted: each column that stays
 * behind is below as many elements as are wanted.
 * @param scores  [B, beams, columns]
 * @param count   how many are wanted; fewer where there are not so many
 */
export function largest(
  scores: tf.Tensor3D,
  count: number,
): { readonly values: tf.Tensor2D; readonly parents: tf.Tensor2D; readonly columns: tf.Tensor2D } {
  const [batch, beams, columns] = scores.shape;
  const width = Math.min(count, columns);
  const chosen = topK(scores.max<tf.Tensor2D>(1), width).indices; // [B, width]
  // By the index in all scores as one vector: a gather along the inner axis is slower.
  const rows = tf.range(0, scores.size, columns, "int32").reshape([batch, beams, 1]);
  const few = gather(scores.reshape([-1]), rows.add(chosen.expandDims(1))); // [B, beams, width]
  const { values, indices } = topK(few.reshape<tf.Tensor2D>([batch, -1]), Math.min(count, beams * width));
  const parents = indices.floorDiv<tf.Tensor2D>(tf.scalar(width, "int32"));
  const places = indices.sub(parents.mul(tf.scalar(width, "int32")));
  return { values, parents, columns: gather(chosen, places, 1, 1) };
}
