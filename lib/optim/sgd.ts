import { createOptimizer, type Optimizer, type OptimizerOptions, type ParameterTree } from "./optimizer";

export interface SgdOptions extends OptimizerOptions {
  /** μ, the share of the old velocity that is kept; default 0: plain gradient descent. */
  readonly momentum?: number;
  /** Look ahead along the velocity (Nesterov); needs momentum. */
  readonly nesterov?: boolean;
  /** λ of the L2 penalty λ/2 ‖θ‖², added to the gradient; default 0. */
  readonly weightDecay?: number;
}

/**
 * Stochastic gradient descent with momentum.
 *
 *     g ← g + λ θ;   b ← μ b + g;   g ← g + μ b (Nesterov) or b;   θ ← θ - lr · g
 *
 * @see PyTorch, torch.optim.SGD with dampening 0
 */
export function sgd(
  params: ParameterTree,
  { momentum = 0, nesterov = false, weightDecay = 0, ...options }: SgdOptions,
): Optimizer {
  if (nesterov && momentum === 0) throw new Error("sgd: nesterov needs a momentum above 0.");
  if (momentum === 0) {
    return createOptimizer<never>(
      params,
      {
        slots: {},
        update:
          ({ learningRate }) =>
          ({ parameter, gradient, decays }) => {
            const direction =
              decays && weightDecay !== 0 ? gradient.add(parameter.mul(weightDecay)) : gradient;
            parameter.assign(parameter.sub(direction.mul(learningRate)));
          },
      },
      options,
    );
  }
  return createOptimizer<"velocity">(
    params,
    {
      slots: { velocity: 0 },
      update:
        ({ learningRate }) =>
        ({ parameter, gradient, slots, decays }) => {
          const decayed = decays && weightDecay !== 0 ? gradient.add(parameter.mul(weightDecay)) : gradient;
          const velocity = slots.velocity.mul(momentum).add(decayed); // b ← μ b + g
          const direction = nesterov ? decayed.add(velocity.mul(momentum)) : velocity;
          slots.velocity.assign(velocity);
          parameter.assign(parameter.sub(direction.mul(learningRate)));
        },
    },
    options,
  );
}
