import { tf } from "../tensor";
import { createOptimizer, type Optimizer, type OptimizerOptions, type ParameterTree } from "./optimizer";

export interface AdamOptions extends OptimizerOptions {
  /** β₁, decay of the mean of the gradients. */
  readonly beta1?: number;
  /** β₂, decay of the mean of their squares. */
  readonly beta2?: number;
  /** ε, added to the root of the second moment. */
  readonly epsilon?: number;
  /** adam: λ of an L2 penalty in the gradient; adamW: decoupled decay. */
  readonly weightDecay?: number;
}

/** The running averages of Adam: `firstMoment` m and `secondMoment` v. */
export type AdamSlot = "firstMoment" | "secondMoment";

/**
 * Adam.
 *
 *     g ← g + λ θ
 *     m ← β₁ m + (1 - β₁) g;   v ← β₂ v + (1 - β₂) g²
 *     θ ← θ - lr / (1 - β₁ᵗ) · m / (√v / √(1 - β₂ᵗ) + ε)
 *
 * @see Kingma and Ba 2015, algorithm 1; PyTorch, torch.optim.Adam (same formula, same defaults)
 */
export function adam(params: ParameterTree, options: AdamOptions): Optimizer<AdamSlot> {
  return adamFamily(params, { weightDecay: 0, ...options }, "penalty");
}

/**
 * AdamW: Adam whose weight decay bypasses the moments.
 *
 *     θ ← θ - lr λ θ, then Adam's update with λ = 0
 *
 * Leave biases and norms out with `decays`.
 *
 * @see Loshchilov and Hutter 2019, algorithm 2; PyTorch, torch.optim.AdamW (default weight decay 0.01)
 */
export function adamW(params: ParameterTree, options: AdamOptions): Optimizer<AdamSlot> {
  return adamFamily(params, { weightDecay: 0.01, ...options }, "decoupled");
}

function adamFamily(
  params: ParameterTree,
  {
    beta1 = 0.9,
    beta2 = 0.999,
    epsilon = 1e-8,
    weightDecay,
    ...options
  }: AdamOptions & { weightDecay: number },
  decay: "penalty" | "decoupled",
): Optimizer<AdamSlot> {
  return createOptimizer<AdamSlot>(
    params,
    {
      slots: { firstMoment: 0, secondMoment: 0 },
      update({ learningRate, step }) {
        const stepSize = learningRate.div<tf.Scalar>(biasCorrection(beta1, step));
        const rootCorrection = biasCorrection(beta2, step).sqrt();
        return ({ parameter, gradient, slots, decays }) => {
          const decaying = decays && weightDecay !== 0;
          const g = decaying && decay === "penalty" ? gradient.add(parameter.mul(weightDecay)) : gradient;
          const m = slots.firstMoment.mul(beta1).add(g.mul(1 - beta1));
          const v = slots.secondMoment.mul(beta2).add(g.square().mul(1 - beta2));
          slots.firstMoment.assign(m);
          slots.secondMoment.assign(v);

          const root = v.sqrt().div(rootCorrection);
          const move = m.div(root.add(epsilon)).mul(stepSize);
          const before =
            decaying && decay === "decoupled"
              ? parameter.mul(tf.sub(1, learningRate.mul(weightDecay)))
              : parameter;
          parameter.assign(before.sub(move));
        };
      },
    },
    options,
  );
}

/** 1 - βᵗ. As -expm1(t ln β): the subtraction itself would lose three digits in float32 at β = 0.999, t = 1. */
function biasCorrection(beta: number, step: tf.Scalar): tf.Scalar {
  return beta === 0 ? tf.scalar(1) : tf.neg(tf.expm1(step.mul<tf.Scalar>(Math.log(beta))));
}
