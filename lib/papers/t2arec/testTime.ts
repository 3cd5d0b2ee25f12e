import type { SequenceInput } from "../../recsys/batches";
import { tf } from "../../tensor";
import { flattenTree, mapTree } from "../../tensor/tree";
import type { T2ARec } from "./model";
import type { T2ARecParameters } from "./parameters";

/** The test-time step: algorithm 1. */
export interface TestTimeOptions {
  /** M, steps a batch; the paper's 1. */
  readonly steps?: number;
  /** α; the paper's 0.005. */
  readonly learningRate?: number;
  /** μ₁ at test time, of L_time. */
  readonly timeWeight: number;
  /** μ₂ at test time, of L_state. */
  readonly stateWeight: number;
  /**
   * What moves: everything (the paper's θ), everything but the item table, or the state-space block alone. Which one the authors
   * moved is not said.
   */
  readonly parameters?: "all" | "noEmbedding" | "blockOnly";
  /**
   * `sgd`: gradient descent, as algorithm 1 prints. `adam`: an Adam that starts afresh at every batch; its first step is nearly
   * α sign(gradient) on every weight, whatever μ is.
   */
  readonly optimizer?: "sgd" | "adam";
}

type Parameters = T2ARecParameters<tf.Tensor>;

/** Which parameters may move, by path in the tree. */
const MOVABLE: Record<NonNullable<TestTimeOptions["parameters"]>, (path: string) => boolean> = {
  all: () => true,
  noEmbedding: (path) => !path.startsWith("items."),
  blockOnly: (path) => /^(transform|logDecay|skip|backwardInput)\b/.test(path),
};

/**
 * The parameters after M steps on μ₁ L_time + μ₂ L_state of this batch; no label is read. The model's own parameters stay what they
 * are: the moved ones are new tensors, so there is nothing to put back, whatever goes wrong.
 *
 *     θ ← θ - α ∇_θ (μ₁ L_time + μ₂ L_state)
 */
export function adapt(
  model: T2ARec,
  batch: SequenceInput,
  {
    steps = 1,
    learningRate = 0.005,
    timeWeight,
    stateWeight,
    parameters = "all",
    optimizer = "sgd",
  }: TestTimeOptions,
): Parameters {
  const leaves = flattenTree(model.parameters as object) as [string, tf.Tensor][];
  const movable = leaves.filter(([path]) => MOVABLE[parameters](path)).map(([, leaf]) => leaf);
  // Nothing to do: the same parameters, so that the scores are those of plain inference, bit for bit.
  if (steps === 0 || learningRate === 0 || (timeWeight === 0 && stateWeight === 0)) return model.parameters;

  const move = optimizer === "sgd" ? gradientDescent(learningRate) : freshAdam(learningRate);
  let moved: readonly tf.Tensor[] = movable;
  for (let step = 1; step <= steps; step++) {
    const current = moved;
    const loss = () => {
      const { time, state } = model.align(withLeaves(model.parameters, movable, current), batch);
      // A loss of weight 0 is left out, not multiplied by 0: without time stamps L_time is NaN.
      const terms = [
        ...(timeWeight === 0 ? [] : [time.loss.mul(timeWeight)]),
        ...(stateWeight === 0 ? [] : [state.mul(stateWeight)]),
      ];
      return tf.addN(terms) as tf.Scalar;
    };
    // The last argument allows parameters that the losses do not reach, such as the feed-forward network.
    const { grads } = tf.engine().gradients(loss, [...current], undefined, true);
    moved = move(current, grads as (tf.Tensor | undefined)[], step);
  }
  return withLeaves(model.parameters, movable, moved);
}

/** Scores after a test-time step on the batch's own histories; a score function for an evaluator of fixed batches. */
export function testTimeScores(
  model: T2ARec,
  options: TestTimeOptions,
): (batch: SequenceInput) => tf.Tensor2D {
  return (batch) => tf.tidy(() => model.scoreWith(adapt(model, batch, options), batch));
}

/** The tree with some leaves replaced. */
function withLeaves(
  tree: T2ARecParameters,
  from: readonly tf.Tensor[],
  to: readonly tf.Tensor[],
): Parameters {
  const replacement = new Map(from.map((leaf, index) => [leaf, to[index]]));
  return mapTree((leaf: tf.Tensor) => replacement.get(leaf) ?? leaf, tree) as unknown as Parameters;
}

type Move = (
  values: readonly tf.Tensor[],
  gradients: readonly (tf.Tensor | undefined)[],
  step: number,
) => tf.Tensor[];

function gradientDescent(learningRate: number): Move {
  return (values, gradients) =>
    values.map((value, index) => {
      const gradient = gradients[index];
      return gradient === undefined ? value : value.sub(gradient.mul(learningRate));
    });
}

/** Adam with PyTorch's constants, its moments starting at 0; see lib/optim for the formula. */
function freshAdam(learningRate: number, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8): Move {
  const first: tf.Tensor[] = [];
  const second: tf.Tensor[] = [];
  return (values, gradients, step) =>
    values.map((value, index) => {
      const gradient = gradients[index];
      if (gradient === undefined) return value;
      const m = gradient.mul(1 - beta1).add(first[index]?.mul(beta1) ?? 0);
      const v = gradient
        .square()
        .mul(1 - beta2)
        .add(second[index]?.mul(beta2) ?? 0);
      first[index] = m;
      second[index] = v;
      const unbiasedRoot = v.div(1 - beta2 ** step).sqrt();
      return value.sub(m.mul(learningRate / (1 - beta1 ** step)).div(unbiasedRoot.add(epsilon)));
    });
}
