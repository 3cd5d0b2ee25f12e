import type { Optimizer } from "../optim";
import { keptWeights, tf } from "../tensor";
import { flattenTree } from "../tensor/tree";
import type { EpochRecord } from "./train";

/** Where a training leaves itself after each epoch, and finds itself again: a run's checkpoint, or anything like it. */
export interface TrainingCheckpoint {
  save(tensors: Readonly<Record<string, tf.Tensor>>, data: TrainingPosition): void;
  /** What was saved last; the tensors are the caller's. */
  load(): { readonly tensors: Readonly<Record<string, tf.Tensor>>; readonly data: unknown } | undefined;
}

/** How far a training has come. Batches, dropout and everything else random follow from it and the seed. */
export type TrainingPosition = {
  /** Epochs and steps behind it. */
  readonly epoch: number;
  readonly steps: number;
  readonly bestEpoch: number;
  readonly bestValue: number;
  readonly history: readonly EpochRecord[];
};

/** The weights of a training's best epoch so far, and its way into and out of a checkpoint. */
export function trainingState(optimizer: Optimizer, checkpoint: TrainingCheckpoint | undefined) {
  const moving = movingTensors(optimizer);
  const best = keptWeights(optimizer.parameters);

  return {
    keepBest: best.keep,
    /** Gives the model the weights of its best epoch, if there was one, and frees the copy. */
    restoreBest(): void {
      best.restore();
      best.dispose();
    },
    save(position: TrainingPosition): void {
      const copies = best.values().map((copy, index) => [`best.${index}`, copy] as const);
      checkpoint?.save({ ...moving, ...Object.fromEntries(copies) }, position);
    },
    /** Puts weights, moments and the best weights back to where the checkpoint was made; undefined where there is none. */
    resume(): TrainingPosition | undefined {
      const saved = checkpoint?.load();
      if (saved === undefined) return undefined;
      const { tensors } = saved;
      if ("best.0" in tensors) {
        optimizer.parameters.forEach((variable, index) => {
          variable.assign(tensors[`best.${index}`]);
        });
        best.keep();
      }
      for (const [name, variable] of Object.entries(moving)) variable.assign(tensors[name]);
      tf.dispose({ ...tensors });
      return saved.data as TrainingPosition;
    },
  };
}

/** Everything that a step changes, by name. */
function movingTensors({ parameters, state }: Optimizer): Record<string, tf.Variable> {
  const named = [
    ...parameters.map((variable, index) => [`parameter.${index}`, variable] as const),
    ...flattenTree(state.slots as object).map(([path, slot]) => [`slot.${path}`, slot] as const),
    ["count", state.count] as const,
  ];
  return Object.fromEntries(named) as Record<string, tf.Variable>;
}
