import * as tf from "@tensorflow/tfjs";

/** A copy of what variables hold, to be put back later: the weights of a training's best epoch, say. */
export interface KeptWeights {
  /** In the order of the variables; empty where nothing is kept. */
  values(): readonly tf.Tensor[];
  /** Copies what the variables hold now; what was kept before is freed. */
  keep(): void;
  /** Gives the variables what is kept, if anything is. It stays kept. */
  restore(): void;
  /** Frees the copy. */
  dispose(): void;
}

/** Nothing is kept at first. A copy is of no scope: it lives until another takes its place, or it is disposed of. */
export function keptWeights(parameters: readonly tf.Variable[]): KeptWeights {
  let kept: readonly tf.Tensor[] = [];

  function dispose(): void {
    tf.dispose([...kept]);
    kept = [];
  }

  return {
    values: () => kept,
    keep() {
      dispose();
      kept = parameters.map((variable) => tf.keep(tf.clone(variable)));
    },
    restore() {
      kept.forEach((copy, k) => {
        parameters[k].assign(copy);
      });
    },
    dispose,
  };
}
