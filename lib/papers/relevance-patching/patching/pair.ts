import type { ActivationCache, Hook, HookName } from "../../../llm/model/hooks";
import { patch } from "../../../llm/model/patch";
import { scoped } from "../../../llm/model/scope";
import { type Baseline, recordBaseline, resume } from "../../../llm/model/suffix";
import { tf } from "../../../tensor";
import type { PromptPair } from "../prompts/pairs";
import { groupedBy, promptRows, rowsThatFit, suffixBatches } from "./batches";
import { type Place, placeOf, type Site, siteName } from "./site";
import { type Answer, type AnswerOptions, answerReader, answerRun, type Subject } from "./subject";

/** Denoising puts activations of the clean run into the corrupted one, noising those of the corrupted run into the clean one. */
export type Direction = "denoising" | "noising";

/** A pair whose two prompts have been run: where patches come from, and where they go to. */
export interface PreparedPair {
  readonly pair: PromptPair;
  readonly direction: Direction;
  readonly cleanAnswer: Answer;
  readonly corruptedAnswer: Answer;
  /** Activations of the run that patches are taken from, [1, T, ..]. */
  readonly source: ActivationCache;
  /** The run that is patched. */
  readonly target: Baseline;
  /** Activations of the run that is patched, where they were asked for. */
  readonly targetCache: ActivationCache;
  /** Frees the activations. */
  dispose(): void;
}

export interface PrepareOptions extends AnswerOptions {
  /** Default: denoising. */
  readonly direction?: Direction;
  /** Activations of the patched run to keep as well. */
  readonly targetHooks?: readonly HookName[];
}

/**
 * Runs the two prompts of a pair.
 * @param hooks  the activations that sites will patch: no other is kept
 * @throws RangeError where the prompts are not of one length
 */
export function preparePair(
  subject: Subject,
  pair: PromptPair,
  hooks: readonly HookName[],
  { direction = "denoising", targetHooks = [], ...options }: PrepareOptions = {},
): PreparedPair {
  const { clean, corrupted } = pair;
  if (clean.length !== corrupted.length)
    throw new RangeError(
      `The clean prompt has ${clean.length} tokens, the corrupted one ${corrupted.length}: patches need prompts of one length.`,
    );
  const [from, to] = direction === "denoising" ? [clean, corrupted] : [corrupted, clean];
  const runs = scoped(() => {
    const { answers, cache: source } = answerRun(subject, promptRows([from]), {
      cacheNames: hooks,
      ...options,
    });
    const tokens = promptRows([to]);
    const target = recordBaseline(subject.model, tokens);
    const targetCache =
      targetHooks.length === 0 ? {} : answerRun(subject, tokens, { cacheNames: targetHooks }).cache;
    return { answers: [...answers, unpatched(subject, target, options)], source, target, targetCache };
  });
  const { answers, source, target, targetCache } = runs;
  const [cleanAnswer, corruptedAnswer] = direction === "denoising" ? answers : [answers[1], answers[0]];
  return {
    pair,
    direction,
    cleanAnswer,
    corruptedAnswer,
    source,
    target,
    targetCache,
    dispose: () => tf.dispose(runs as unknown as tf.TensorContainer),
  };
}

/** The answer of a run that nothing is patched in. */
export function unpatched(subject: Subject, target: Baseline, options: AnswerOptions): Answer {
  const reader = answerReader(subject, options);
  const first = target.residuals[0].shape[1] - 1;
  return scoped(() => {
    const { logits } = resume(subject.model, target, { hooks: [], first, answers: reader.tokens });
    return reader.read(logits)[0];
  });
}

export interface PatchOptions extends AnswerOptions {
  /** Patched runs that go side by side. Default: as many as memory is set aside for. */
  readonly batch?: number;
  /** Called behind each batch. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Patches each site by itself: the target's run is made again with the site's activation taken from the source's run, of which only the layers and
 * positions are computed that the patch can change. Sites that begin at one position run side by side.
 * @returns an answer a site; of a site without positions in this pair that of the target
 * @throws RangeError naming a site that the model does not have
 * @throws Error where the pair was not prepared for a site's hook
 */
export function patchSites(
  subject: Subject,
  prepared: PreparedPair,
  sites: readonly Site[],
  { batch, onProgress, ...options }: PatchOptions = {},
): Answer[] {
  const { model } = subject;
  const { pair, source, target } = prepared;
  const length = pair.clean.length;
  const reader = answerReader(subject, options);
  const places = sites.map((site) => {
    const place = placeOf(model.config, site, pair);
    if (place !== undefined && source[site.hook] === undefined)
      throw new Error(
        `The site ${siteName(site)}: the pair was prepared for ${Object.keys(source).join(", ") || "no hook"}; prepare it for ${site.hook} too.`,
      );
    return place;
  });
  const unchanged = places.includes(undefined) ? unpatched(subject, target, options) : undefined;
  const found: Answer[] = places.map(() => unchanged as Answer);
  let done = places.filter((place) => place === undefined).length;
  for (const [first, indices] of groupedBy(places, (place) => place?.first)) {
    if (first === undefined) continue;
    const count = length - first;
    const most = batch ?? rowsThatFit(model.config, count, length);
    const entries = indices.map((index) => places[index]!.entry);
    for (const runs of suffixBatches({ entries, layers: model.config.layers, count, most }))
      tf.tidy(() => {
        const rows = runs.map((run) => indices[run]);
        const hooks = hooksOf(
          rows.map((row) => places[row]!),
          source,
        );
        const variants = rows.length;
        const resumed = resume(model, target, { hooks, first, variants, answers: reader.tokens });
        for (const [i, answer] of reader.read(resumed.logits).entries()) found[rows[i]] = answer;
        done += variants;
        onProgress?.(done, sites.length);
      });
  }
  return found;
}

/** Hooks that patch row i of a batch at place i, and at no other. */
export function hooksOf(places: readonly Place[], source: ActivationCache): Hook[] {
  const byHook = groupedBy(places, ({ hook, layer }) => `${hook} ${layer}`);
  return [...byHook.values()].map((rows) => {
    const { hook: name, layer } = places[rows[0]];
    const patched = new Set(rows);
    const regions = places.map(({ region }, row) => (patched.has(row) ? region : { positions: [] }));
    return patch({ name, layer, regions, value: source[name]![layer] });
  });
}
