import type { AdamSlot, Optimizer } from "../../optim";
import type { SequentialDataset } from "../../recsys";
import { type T5Batch, t5Loss } from "../../recsys/generative/t5";
import type { T5 } from "../../recsys/generative/t5Parameters";
import { tokenBatch, tokenTensors } from "../../recsys/generative/tokenBatches";
import type { TokenMap } from "../../recsys/generative/tokenMap";
import { filledUp, rowWeights } from "../../recsys/stepping";
import { compile, tf } from "../../tensor";
import { flattenTree } from "../../tensor/tree";

/**
 * How Adam's direction is formed from its moments:
 * - `none`: m' / √(v' + ε), no bias correction (the authors' code);
 * - `adam`: m̂' / (√v̂' + ε), as printed.
 */
export type BiasCorrection = "none" | "adam";

export interface InfluenceOptions {
  /** L, items of history a case. */
  readonly windowLength: number;
  /** Rows a pass through the model; any number gives the same sums. */
  readonly batchSize: number;
  /** Events to predict: those that a tokenizer would be trained on, and those that tell whether it helps. */
  readonly trainCases: Int32Array;
  readonly validationCases: Int32Array;
  /** Default `none`. */
  readonly correction?: BiasCorrection;
}

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/**
 * Γ, the direction in which Adam would go next if its next gradient were g. Nothing is moved: the moments are read only.
 *
 *     m' = β₁ m + (1 - β₁) g;   v' = β₂ v + (1 - β₂) g²
 *
 * @param step  updates that the moments have seen, for the bias correction
 * @see MTGRec, eq. 13-15
 */
export function adamDirection(
  gradient: tf.Tensor,
  { firstMoment, secondMoment }: Readonly<Record<AdamSlot, tf.Tensor>>,
  correction: BiasCorrection,
  step: tf.Scalar,
): tf.Tensor {
  const m = firstMoment.mul(BETA1).add(gradient.mul(1 - BETA1));
  const v = secondMoment.mul(BETA2).add(gradient.square().mul(1 - BETA2));
  if (correction === "none") return m.div(v.add(EPSILON).sqrt());
  const next = step.add<tf.Scalar>(1);
  const corrected = (moment: tf.Tensor, beta: number) => moment.div(tf.sub(1, tf.pow(beta, next)));
  return corrected(m, BETA1).div(corrected(v, BETA2).sqrt().add(EPSILON));
}

/** Measures how much a step of training on each tokenizer would lower the validation loss. */
export interface InfluenceMeter {
  /** [n] I(T_i); positive: training on T_i helps. Weights and moments stay as they are. */
  measure(maps: readonly TokenMap[]): Float64Array;
  dispose(): void;
}

/**
 * The influence of tokenizers, to first order:
 *
 *     I(T_i) = ⟨Γ(g_i), g_val⟩,
 *
 * g_i the gradient of the mean loss over the training cases as T_i writes them, g_val that over the validation cases as all tokenizers write
 * them, mixed evenly. Dropout is off, so that a measurement is a function of the weights alone. Of gradients there are never more than three
 * at once, those of g_val, of the sum so far and of a batch: the memory does not grow with the number of tokenizers.
 * @see MTGRec, section 3.3, eq. 12-16; the learning rate of eq. 16 comes in when stages are added up
 */
export function influenceMeter(
  model: T5,
  optimizer: Optimizer<AdamSlot>,
  dataset: SequentialDataset,
  { windowLength, batchSize, trainCases, validationCases, correction = "none" }: InfluenceOptions,
): InfluenceMeter {
  const { parameters, state } = optimizer;
  const moments = {
    firstMoment: flattenTree(state.slots.firstMoment as object).map(([, slot]) => slot),
    secondMoment: flattenTree(state.slots.secondMoment as object).map(([, slot]) => slot),
  };
  const addGradient = compile(
    (sums: tf.Tensor[], batch: T5Batch, share: tf.Scalar): tf.Tensor[] =>
      tf.tidy(() => {
        const { gradients } = optimizer.gradients(() => t5Loss(model, batch));
        return sums.map((sum, k) => sum.add((gradients[k] ?? tf.zerosLike(sum)).mul(share)));
      }),
    { name: "gradient of tokenizers", xla: false },
  );
  const product = compile(
    (train: tf.Tensor[], validation: tf.Tensor[]): tf.Scalar =>
      tf.tidy(() => {
        const terms = train.map((gradient, k) => {
          const slots = { firstMoment: moments.firstMoment[k], secondMoment: moments.secondMoment[k] };
          const direction = adamDirection(gradient, slots, correction, state.count as unknown as tf.Scalar);
          return direction.mul(validation[k]).sum();
        });
        return tf.addN(terms) as tf.Scalar;
      }),
    { name: "influence", xla: false },
  );

  /** sums + scale · the gradient of the mean loss over the cases. Takes `sums` and frees it. */
  function addMeanGradient(sums: tf.Tensor[], cases: Int32Array, map: TokenMap, scale: number): tf.Tensor[] {
    let total = sums;
    for (let start = 0; start < cases.length; start += batchSize) {
      const chosen = cases.subarray(start, start + batchSize);
      const batch = tokenBatch(dataset, filledUp(chosen, batchSize), windowLength, [map]);
      const added = tf.tidy(() =>
        addGradient(
          total,
          tokenTensors(batch, rowWeights(chosen.length, batchSize)),
          tf.scalar((scale * chosen.length) / cases.length), // the last batch may be short: its mean weighs less
        ),
      );
      tf.dispose(total);
      total = added;
    }
    return total;
  }

  const zeros = () => parameters.map((variable) => tf.zerosLike(variable) as tf.Tensor);

  return {
    measure(maps) {
      let validation = zeros();
      for (const map of maps) validation = addMeanGradient(validation, validationCases, map, 1 / maps.length);
      try {
        return Float64Array.from(maps, (map) => {
          const train = addMeanGradient(zeros(), trainCases, map, 1);
          const [value] = tf.tidy(() => product(train, validation).dataSync());
          tf.dispose(train);
          return value;
        });
      } finally {
        tf.dispose(validation);
      }
    },
    dispose() {
      addGradient.dispose();
      product.dispose();
    },
  };
}
