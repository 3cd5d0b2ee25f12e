import { createOptimizer, type Optimizer, type OptimizerOptions, type ParameterTree } from "./optimizer";

export interface AdagradOptions extends OptimizerOptions {
  /** η, decay of the step size: lr / (1 + (t - 1) η). */
  readonly learningRateDecay?: number;
  /** λ of the L2 penalty, added to the gradient. */
  readonly weightDecay?: number;
  /** Where the sum of squares starts. */
  readonly initialAccumulator?: number;
  /** ε, added to the root of the sum. */
  readonly epsilon?: number;
}

/**
 * Adagrad.
 *
 *     g ← g + λ θ;   s ← s + g²;   θ ← θ - lr / (1 + (t - 1) η) · g / (√s + ε)
 *
 * @see Duchi et al. 2011; PyTorch, torch.optim.Adagrad (same formula, same defaults)
 */
export function adagrad(
  params: ParameterTree,
  {
    learningRateDecay = 0,
    weightDecay = 0,
    initialAccumulator = 0,
    epsilon = 1e-10,
    ...options
  }: AdagradOptions,
): Optimizer<"sumOfSquares"> {
  return createOptimizer<"sumOfSquares">(
    params,
    {
      slots: { sumOfSquares: initialAccumulator },
      update({ learningRate, step }) {
        const rate =
          learningRateDecay === 0
            ? learningRate
            : learningRate.div(step.sub(1).mul(learningRateDecay).add(1));
        return ({ parameter, gradient, slots, decays }) => {
          const g = decays && weightDecay !== 0 ? gradient.add(parameter.mul(weightDecay)) : gradient;
          const sum = slots.sumOfSquares.add(g.square());
          slots.sumOfSquares.assign(sum);
          parameter.assign(parameter.sub(g.div(sum.sqrt().add(epsilon)).mul(rate)));
        };
      },
    },
    options,
  );
}
