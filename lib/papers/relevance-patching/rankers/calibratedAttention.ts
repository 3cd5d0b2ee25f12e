import { mean, standardDeviation } from "../../../experiment/statistics";
import { type KvCache, run } from "../../../llm/model";
import { byHead } from "../../../llm/model/attention";
import { lengthBias } from "../../../llm/model/kvCache";
import { tf } from "../../../tensor";
import { answerRun, type Subject } from "../patching/subject";
import type { PromptFormat } from "../prompts/promptFormat";
import { listPrompt } from "./listPrompt";

/** A query that asks for nothing. */
const CALIBRATION = "N/A";

/** How much more each head looks at a document's tokens for the query than for none. */
export interface CalibratedAttention {
  readonly layers: number;
  /** H */
  readonly heads: number;
  /** One a document: [L, H, tokens], row-major. */
  readonly documents: readonly Float64Array[];
}

/**
 * c_h(j) = a_h(j | query) − a_h(j | "N/A"), a_h(j) the mean attention of head h to token j from all tokens behind the documents. The documents are read once; both
 * queries go on from their keys and values.
 * @throws RangeError where there is no document, or the prompt is longer than the model's positions
 * @see S. Chen et al., Attention in Large Language Models Yields Efficient Zero-Shot Re-Rankers, 2024; both this and QRHead's code count the instruction, the query and the
 * header of the answer as the query
 */
export function calibratedAttention(
  subject: Subject,
  format: PromptFormat,
  query: string,
  documents: readonly string[],
): CalibratedAttention {
  const { layers, heads } = subject.model.config;
  const [asked, calibration] = [query, CALIBRATION].map((one) => listPrompt(format, one, documents));
  const prefix = asked.ids.subarray(0, asked.tail);
  if (calibration.ids.subarray(0, calibration.tail).join() !== prefix.join())
    throw new RangeError("The tokens of the documents depend on the query: nothing can be calibrated.");
  const difference = tf.tidy(() => {
    const past = readPrefix(subject, prefix);
    const attention = ({ ids, tail }: typeof asked) => tailAttention(subject, ids.subarray(tail), past);
    return attention(asked).sub(attention(calibration)).dataSync();
  });
  const ofToken = ({ start, end }: { start: number; end: number }) => {
    const rows = Array.from({ length: layers * heads }, (_, row) =>
      difference.subarray(row * prefix.length + start, row * prefix.length + end),
    );
    return Float64Array.from(rows.flatMap((row) => [...row]));
  };
  return { layers, heads, documents: asked.documents.map(ofToken) };
}

/** Keys and values of the tokens that both queries stand behind. @param ids [P] */
function readPrefix(subject: Subject, ids: Int32Array): KvCache {
  const row = tf.tensor2d(ids, [1, ids.length], "int32");
  const { cache } = answerRun(subject, row, { cacheNames: ["rot_k", "v"] });
  const heads = (x: tf.Tensor) => byHead(x as tf.Tensor4D);
  return {
    layers: cache.rot_k!.map((key, layer) => ({ key: heads(key), value: heads(cache.v![layer]) })),
    bias: lengthBias([ids.length], ids.length),
    lengths: [ids.length],
  };
}

/** Mean attention from the tokens behind the prefix to each of the prefix. @returns [L, H, P] */
function tailAttention({ model }: Subject, ids: Int32Array, past: KvCache): tf.Tensor3D {
  const { pattern } = run(model, tf.tensor2d(ids, [1, ids.length], "int32"), {
    past,
    cacheNames: ["pattern"],
  }).cache;
  const [length] = past.lengths;
  const toPrefix = (layer: tf.Tensor) => layer.slice([0, 0, 0, 0], [-1, -1, -1, length]);
  return tf.stack(pattern!.map((layer) => toPrefix(layer).mean([0, 2]))) as tf.Tensor3D;
}

/** A head by its place. */
export interface Head {
  readonly layer: number;
  readonly head: number;
}

/**
 * S(doc) of a set of heads: their c summed token by token, tokens with c < mean − 2 std of the document's left out (a head's sink is no evidence), the rest summed. Of a single
 * head it is S_h(doc).
 * @param heads  default: all
 * @returns one a document
 * @throws RangeError where the set is empty, or names a head that the model does not have
 * @see princeton-pli/QRHead, OSU-NLP-Group/In-Context-Reranking: both sum over the heads before they leave tokens out
 */
export function documentScores(
  { layers, heads, documents }: CalibratedAttention,
  chosen: readonly Head[] = everyHead(layers, heads),
): Float64Array {
  if (chosen.length === 0) throw new RangeError("No head is chosen: documents have no score.");
  for (const { layer, head } of chosen)
    if (!(layer >= 0 && layer < layers && head >= 0 && head < heads))
      throw new RangeError(`The model has no head ${head} of layer ${layer}.`);
  return Float64Array.from(documents, (values) => {
    const tokens = values.length / (layers * heads);
    const sums = Array.from({ length: tokens }, (_, token) =>
      chosen.reduce((sum, { layer, head }) => sum + values[(layer * heads + head) * tokens + token], 0),
    );
    const threshold = mean(sums) - 2 * standardDeviation(sums); // NaN of a single token, which stays
    return sums.filter((c) => !(c < threshold)).reduce((sum, c) => sum + c, 0);
  });
}

export function everyHead(layers: number, heads: number): Head[] {
  return Array.from({ length: layers * heads }, (_, i) => ({
    layer: Math.floor(i / heads),
    head: i % heads,
  }));
}
