import { tf } from "../../../tensor";
import { promptRows } from "../patching/batches";
import { answerRun, type Subject } from "../patching/subject";
import type { PromptPair } from "../prompts/pairs";
import { type PositionGroup, positionsOf } from "../prompts/positionGroups";
import { type ProbeOptions, type ProbeRows, probe, shuffledLabels } from "./probe";

/** Where the stream is probed: the last token of each field, and of the prompt. */
export const PROBE_GROUPS = [
  "doc_last",
  "query_last",
  "inst_last",
  "last",
] as const satisfies readonly PositionGroup[];
export type ProbeGroup = (typeof PROBE_GROUPS)[number];

/** The residual stream of pairs, to be probed. */
export interface StreamRows {
  /** The stream behind a layer: two rows a pair, of the clean prompt and of the corrupted, whose labels are relevant and not; a query a pair. */
  at(layer: number, group: ProbeGroup): ProbeRows;
}

export interface CollectOptions {
  /** Called behind each pair. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * resid_post of all layers at the positions of `PROBE_GROUPS`; of two documents the second one's last token. It takes 32 L D bytes a pair.
 * @throws RangeError where a prompt is longer than the model's positions
 */
export function collectStream(
  subject: Subject,
  pairs: readonly PromptPair[],
  { onProgress }: CollectOptions = {},
): StreamRows {
  const { layers, width } = subject.model.config;
  const groups = PROBE_GROUPS.length;
  const streams = pairs.map(({ clean, corrupted, ranges }, index) => {
    const positions = PROBE_GROUPS.map((group) => positionsOf(group, clean.length, ranges).slice(-1)[0]);
    const values = tf.tidy(() => {
      const { cache } = answerRun(subject, promptRows([clean, corrupted]), { cacheNames: ["resid_post"] });
      return tf.stack(cache.resid_post!.map((stream) => tf.gather(stream, positions, 1))).dataSync(); // [L, 2, groups, D]
    });
    onProgress?.(index + 1, pairs.length);
    return values as Float32Array;
  });
  return {
    at(layer, group) {
      if (!(Number.isInteger(layer) && layer >= 0 && layer < layers))
        throw new RangeError(`There is no layer ${layer}; they go from 0 to ${layers - 1}.`);
      const rowOf = (prompt: number) => ((layer * 2 + prompt) * groups + PROBE_GROUPS.indexOf(group)) * width;
      return {
        features: streams.flatMap((values) =>
          [0, 1].map((prompt) => values.subarray(rowOf(prompt), rowOf(prompt) + width)),
        ),
        relevant: streams.flatMap(() => [true, false]),
        queries: streams.flatMap((_, pair) => [pair, pair]),
      };
    },
  };
}

/** How well relevance can be read from one place of the stream. */
export interface ProbedPlace {
  readonly layer: number;
  readonly group: ProbeGroup;
  readonly auc: number;
  /** The same, of labels in another order: about one half. */
  readonly shuffledAuc: number;
  /** [folds], the chosen C */
  readonly strengths: readonly number[];
}

export interface ProbeLayersOptions extends ProbeOptions, CollectOptions {
  /** Default: all. */
  readonly layers?: readonly number[];
  /** Default: all of `PROBE_GROUPS`. */
  readonly groups?: readonly ProbeGroup[];
}

/**
 * Probes every layer at every group, and again with shuffled labels; layer by layer, group by group.
 * @param onProgress  called behind each place
 * @throws RangeError as `probe`
 */
export function probeLayers(
  { model }: Subject,
  stream: StreamRows,
  { layers, groups = PROBE_GROUPS, onProgress, ...options }: ProbeLayersOptions = {},
): ProbedPlace[] {
  const chosen = layers ?? Array.from({ length: model.config.layers }, (_, layer) => layer);
  const places = chosen.flatMap((layer) => groups.map((group) => ({ layer, group })));
  return places.map(({ layer, group }, index) => {
    const rows = stream.at(layer, group);
    const { auc, strengths } = probe(rows, options);
    // Each place has an order of its own, or all controls would share one chance.
    const seed = (options.seed ?? 0) * 1_000_003 + index + 1;
    const control = probe(shuffledLabels(rows, seed), options);
    onProgress?.(index + 1, places.length);
    return { layer, group, auc, shuffledAuc: control.auc, strengths };
  });
}
