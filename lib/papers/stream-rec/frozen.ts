import type { T5 } from "../../recsys/generative/t5Parameters";
import { disposeTree, mapTree, tf } from "../../tensor";
import type { ThinkingModel, ThinkingNetworks } from "./states";

/** A copy of a T5 that further training does not move. Dispose of its weights with `disposeTree`. */
export function frozen(model: T5<tf.Tensor>): T5<tf.Tensor> {
  return {
    options: model.options,
    weights: mapTree((leaf) => tf.clone(leaf), model.weights) as T5<tf.Tensor>["weights"],
  };
}

/** A copy of a model that thinks; see `disposeThinking`. */
export function frozenThinking({ t5, networks }: ThinkingModel<tf.Tensor>): ThinkingModel<tf.Tensor> {
  return {
    t5: frozen(t5),
    networks: mapTree((leaf) => tf.clone(leaf), networks) as ThinkingNetworks<tf.Tensor>,
  };
}

export function disposeThinking({ t5, networks }: ThinkingModel<tf.Tensor>): void {
  disposeTree(t5.weights);
  disposeTree(networks);
}
