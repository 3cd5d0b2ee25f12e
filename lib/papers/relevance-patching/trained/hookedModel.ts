import { type ActivationCache, type Hook, type HookName, type LanguageModel, run } from "../../../llm/model";
import { scoped } from "../../../llm/model/scope";
import type { tf } from "../../../tensor";
import { type ResidualTransformer, runResidual } from "../circuit/residualTransformer";
import { rightAnswer } from "../circuit/task";
import { promptRows } from "../patching/batches";
import { ANSWERS } from "./examples";

/** A model that answers prompts of the circuit's task, seen through its hooks: the trained one and the one made by hand alike. */
export interface HookedModel {
  /** L */
  readonly layers: number;
  /** Columns of the logits that are the answers. */
  readonly answers: { readonly yes: number; readonly no: number };
  /** @param prompts  of one length */
  run(prompts: readonly Int32Array[], options?: HookedRunOptions): HookedRun;
}

export interface HookedRunOptions {
  readonly hooks?: readonly Hook[];
  readonly cacheNames?: readonly HookName[];
}

/** Tensors for the caller to free. */
export interface HookedRun {
  /** [B, A], behind each prompt's last token */
  readonly logits: tf.Tensor2D;
  readonly cache: ActivationCache;
}

export function hookedTransformer(model: LanguageModel): HookedModel {
  return {
    layers: model.config.layers,
    answers: ANSWERS,
    run: (prompts, options) =>
      scoped(() => {
        const { logits, cache } = run(model, promptRows(prompts), options);
        return { logits: lastOf(logits), cache };
      }),
  };
}

export function hookedCircuit(model: ResidualTransformer): HookedModel {
  return {
    layers: model.layers.length,
    answers: { yes: 0, no: 1 },
    run: (prompts, options) =>
      scoped(() => {
        const { logits, cache } = runResidual(model, promptRows(prompts), options);
        return { logits: lastOf(logits), cache };
      }),
  };
}

/** [B, T, A] -> [B, A] */
function lastOf(logits: tf.Tensor3D): tf.Tensor2D {
  const [batch, length, answers] = logits.shape;
  return logits.slice([0, length - 1, 0], [batch, 1, answers]).reshape([batch, answers]);
}

/** d = logit(yes) − logit(no) of each prompt. */
export function differences({ answers }: HookedModel, logits: tf.Tensor2D): Float64Array {
  const [batch, columns] = logits.shape;
  const values = logits.dataSync();
  return Float64Array.from(
    { length: batch },
    (_, row) => values[row * columns + answers.yes] - values[row * columns + answers.no],
  );
}

/** The column that is right for a prompt. */
export function rightColumn({ answers }: HookedModel, prompt: Int32Array): number {
  return answers[rightAnswer(prompt)];
}
