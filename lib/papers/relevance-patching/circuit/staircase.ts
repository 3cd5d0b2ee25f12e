import type { HookName } from "../../../llm/model/hooks";
import { patch } from "../../../llm/model/patch";
import { scoped } from "../../../llm/model/scope";
import { tf } from "../../../tensor";
import { normalizedEffect } from "../statistics/effects";
import { type ResidualTransformer, runResidual } from "./residualTransformer";
import { type CircuitPair, PLACES } from "./task";

/** An activation of one layer, of one head where it has heads. */
export interface CircuitSite {
  readonly name: HookName;
  readonly layer: number;
  readonly head?: number;
}

/** Where on its way a document's relevance is. */
export type Step = "docEntity" | "docAttribute" | "queryAttribute" | "answer";

/**
 * The map of effects of the hand-built circuit, exactly: IE_norm is 1 where the site is patched at the position of its step, and 0 at every other.
 * A site without a step has no effect anywhere. From layer to layer the effect goes up a staircase: entity, attribute, query, answer.
 */
export const STAIRCASE: readonly (CircuitSite & { readonly step?: Step })[] = [
  { name: "resid_pre", layer: 0, step: "docEntity" },
  { name: "z", layer: 0, head: 0, step: "docAttribute" },
  { name: "resid_post", layer: 0, step: "docAttribute" },
  { name: "z", layer: 1, head: 0, step: "queryAttribute" },
  { name: "resid_post", layer: 1, step: "queryAttribute" },
  { name: "z", layer: 2, head: 0, step: "answer" },
  { name: "z", layer: 2, head: 1 },
  { name: "resid_mid", layer: 2, step: "answer" },
  { name: "mlp_out", layer: 2, step: "answer" },
];

/** The position of a step in a pair's prompts. */
export function stepPosition({ docEntity }: CircuitPair, step: Step): number {
  const positions: Record<Step, number> = {
    docEntity,
    docAttribute: docEntity + 1,
    queryAttribute: PLACES.queryAttribute,
    answer: PLACES.answer,
  };
  return positions[step];
}

/** logit(yes) − logit(no) at the last position of each prompt. @param logits [B, T, 2] */
export function answerDifferences(logits: tf.Tensor3D): Float64Array {
  const [batch, length] = logits.shape;
  const values = tf.tidy(() => logits.slice([0, length - 1, 0], [batch, 1, 2]).dataSync());
  return Float64Array.from({ length: batch }, (_, row) => values[2 * row] - values[2 * row + 1]);
}

/**
 * IE_norm of one site at every position: the corrupted run, the site's activation there taken from the clean one. All positions are rows of one batch.
 * @returns [T]
 */
export function effectsByPosition(
  model: ResidualTransformer,
  { clean, corrupted }: CircuitPair,
  { name, layer, head }: CircuitSite,
): Float64Array {
  const T = clean.length;
  const rows = (tokens: Int32Array, count: number) =>
    tf.tensor2d(
      Array.from({ length: count }, () => [...tokens]),
      [count, T],
      "int32",
    );
  return scoped(() => {
    const whole = runResidual(model, rows(clean, 1), { cacheNames: [name] });
    const regions = Array.from({ length: T }, (_, position) => ({
      positions: [position],
      ...(head === undefined ? {} : { heads: [head] }),
    }));
    const hook = patch({ name, layer, regions, value: whole.cache[name]![layer] });
    const patched = runResidual(model, rows(corrupted, T), { hooks: [hook] });
    const intact = runResidual(model, rows(corrupted, 1));
    const [[ofClean], [ofCorrupted], ofPatched] = [whole, intact, patched].map(({ logits }) =>
      answerDifferences(logits),
    );
    const all = (d: number) => new Float64Array(T).fill(d);
    return normalizedEffect({ clean: all(ofClean), corrupted: all(ofCorrupted), patched: ofPatched });
  });
}
