import type { PromptPair } from "../prompts/pairs";
import {
  type NormOptions,
  normalizedEffect,
  normalizedPathEffect,
  type PatchedRuns,
  rawEffect,
} from "../statistics/effects";
import { type Direction, type PatchOptions, patchSites, preparePair } from "./pair";
import type { Site } from "./site";
import { type Answer, difference, type Subject } from "./subject";

/** The answers of every pair, unpatched and patched at every site. */
export interface PatchedTable {
  readonly direction: Direction;
  readonly sites: readonly Site[];
  /** One a pair. */
  readonly clean: readonly Answer[];
  readonly corrupted: readonly Answer[];
  /** [sites][pairs] */
  readonly patched: readonly (readonly Answer[])[];
}

export interface SweepOptions extends PatchOptions {
  /** Default: denoising. */
  readonly direction?: Direction;
  /** Called as runs are done, of all pairs and sites. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Patches every pair at every site. One pair's activations are held at a time.
 * @throws as `preparePair` and `patchSites`
 */
export function sweep(
  subject: Subject,
  pairs: readonly PromptPair[],
  sites: readonly Site[],
  { direction = "denoising", onProgress, ...options }: SweepOptions = {},
): PatchedTable {
  const hooks = [...new Set(sites.map(({ hook }) => hook))];
  const total = pairs.length * sites.length;
  const clean: Answer[] = [];
  const corrupted: Answer[] = [];
  const byPair = pairs.map((pair, index) => {
    const prepared = preparePair(subject, pair, hooks, { direction, probabilities: options.probabilities });
    try {
      clean.push(prepared.cleanAnswer);
      corrupted.push(prepared.corruptedAnswer);
      return patchSites(subject, prepared, sites, {
        ...options,
        onProgress: (done) => onProgress?.(index * sites.length + done, total),
      });
    } finally {
      prepared.dispose();
    }
  });
  const patched = sites.map((_, site) => byPair.map((answers) => answers[site]));
  return { direction, sites, clean, corrupted, patched };
}

/**
 * The runs of one site, a number an answer: what the measures of effects are taken of.
 * @param site     its index
 * @param measure  default: d = logit(yes) − logit(no)
 */
export function patchedRuns(
  { clean, corrupted, patched }: PatchedTable,
  site: number,
  measure: (answer: Answer) => number = difference,
): PatchedRuns {
  return {
    clean: clean.map(measure),
    corrupted: corrupted.map(measure),
    patched: patched[site].map(measure),
  };
}

export interface EffectOptions extends NormOptions {
  /** Default: d = logit(yes) − logit(no) */
  readonly measure?: (answer: Answer) => number;
}

/**
 * Of every site, IE_norm of every pair; of corrupted activations in the clean run PP_norm.
 * @returns [sites] of [pairs]
 * @throws RangeError where the means of clean and corrupted runs are too near to each other
 */
export function normalizedEffects(
  table: PatchedTable,
  { measure, ...options }: EffectOptions = {},
): Float64Array[] {
  const effect = table.direction === "denoising" ? normalizedEffect : normalizedPathEffect;
  return table.sites.map((_, site) => effect(patchedRuns(table, site, measure), options));
}

/**
 * Of every site, IE_raw of every pair: what the patch adds to d.
 * @returns [sites] of [pairs]
 */
export function rawEffects(
  table: PatchedTable,
  { measure }: Pick<EffectOptions, "measure"> = {},
): Float64Array[] {
  return table.sites.map((_, site) => {
    const { clean, corrupted, patched } = patchedRuns(table, site, measure);
    return rawEffect({ corrupted: table.direction === "denoising" ? corrupted : clean, patched });
  });
}
