import type { Baseline } from "../../../llm/model";
import { byHead } from "../../../llm/model/attention";
import { scoped } from "../../../llm/model/scope";
import type { tf } from "../../../tensor";
import { chunks, promptRows, rowsThatFit } from "../patching/batches";
import { type Answer, answerRun, type Subject } from "../patching/subject";
import { ABLATED_HOOKS, type AblatedHook } from "./modules";

/** What can stand in for the activations of a run: one tensor a layer, z [B, T, H, d], mlp_out [B, T, D]. B may be 1, for all rows of a batch. */
export type Activations = Readonly<Record<AblatedHook, readonly tf.Tensor[]>>;

export interface RecordedPrompts {
  readonly answers: readonly Answer[];
  /** What an ablated run of them starts from. */
  readonly baseline: Baseline;
  readonly activations: Activations;
}

/**
 * One run of prompts side by side.
 * @param prompts  B token sequences of one length T
 * @returns tensors for the caller to free
 * @throws RangeError where there is none, or their lengths differ
 */
export function recordPrompts(subject: Subject, prompts: readonly Int32Array[]): RecordedPrompts {
  checkOneLength(prompts);
  return scoped(() => {
    const { answers, cache } = answerRun(subject, promptRows(prompts), {
      cacheNames: ["resid_pre", "resid_post", "rot_k", "v", ...ABLATED_HOOKS],
    });
    const after = cache.resid_post![subject.model.config.layers - 1];
    const heads = (x: tf.Tensor) => byHead(x as tf.Tensor4D);
    return {
      answers,
      baseline: {
        residuals: [...cache.resid_pre!, after] as tf.Tensor3D[],
        layers: cache.rot_k!.map((key, layer) => ({ key: heads(key), value: heads(cache.v![layer]) })),
      },
      activations: { z: cache.z!, mlp_out: cache.mlp_out! },
    };
  });
}

/** The activations of a run of prompts of one length; tensors for the caller to free. @throws as `recordPrompts` */
export function activationsOf(subject: Subject, prompts: readonly Int32Array[]): Activations {
  checkOneLength(prompts);
  return scoped(() => {
    const { cache } = answerRun(subject, promptRows(prompts), { cacheNames: ABLATED_HOOKS });
    return { z: cache.z!, mlp_out: cache.mlp_out! };
  });
}

/**
 * The mean over prompts of every activation, position by position: what a position holds whatever the documents are. It has a meaning only where a position is the same
 * part of every prompt: see `fixedLengthPrompt`.
 * @param prompts  all of one length T
 * @param batch    prompts side by side; default: as many as memory is set aside for
 * @returns B = 1; tensors for the caller to free with `disposeActivations`
 * @throws as `recordPrompts`
 */
export function meanActivations(
  subject: Subject,
  prompts: readonly Int32Array[],
  { batch }: { readonly batch?: number } = {},
): Activations {
  const length = checkOneLength(prompts);
  let sum: Activations | undefined;
  for (const some of chunks(prompts, batch ?? rowsThatFit(subject.model.config, length, length))) {
    const before = sum;
    sum = scoped(() => {
      const total = mapActivations((x) => x.sum(0, true), activationsOf(subject, some));
      return before === undefined ? total : mapActivations((x, other) => x.add(other), total, before);
    });
    if (before !== undefined) disposeActivations(before);
  }
  const total = sum!; // there is a prompt
  const means = scoped(() => mapActivations((x) => x.div(prompts.length), total));
  disposeActivations(total);
  return means;
}

/** Activations made of those of the same hook and layer. */
export function mapActivations(
  fn: (x: tf.Tensor, other: tf.Tensor) => tf.Tensor,
  first: Activations,
  second: Activations = first,
): Activations {
  return {
    z: first.z.map((x, layer) => fn(x, second.z[layer])),
    mlp_out: first.mlp_out.map((x, layer) => fn(x, second.mlp_out[layer])),
  };
}

export function disposeActivations({ z, mlp_out }: Activations): void {
  for (const tensor of [...z, ...mlp_out]) tensor.dispose();
}

function checkOneLength(prompts: readonly Int32Array[]): number {
  const lengths = [...new Set(prompts.map(({ length }) => length))];
  if (lengths.length !== 1)
    throw new RangeError(
      prompts.length === 0
        ? "There is no prompt to run."
        : `Prompts side by side must be of one length; these have ${lengths.join(", ")} tokens.`,
    );
  return lengths[0];
}
