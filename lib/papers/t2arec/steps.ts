import type { T2ARecConfig } from "./config";

/** A setting of the test-time step beside the configured one. */
export interface StepSetting {
  readonly name: string;
  readonly label: string;
  readonly change: Partial<T2ARecConfig>;
}

const sgd = (testLearningRate: number, change: Partial<T2ARecConfig> = {}) =>
  ({ testOptimizer: "sgd", testLearningRate, ...change }) as const;
const adam = (testLearningRate: number, change: Partial<T2ARecConfig> = {}) =>
  ({ testOptimizer: "adam", testLearningRate, ...change }) as const;

/**
 * What is compared: the paper's literal setting first (gradient descent, α = 0.005, M = 1, everything moves), larger steps of the same
 * kind, Adam's sign-like steps, more steps, fewer parameters moved, other weights of the losses. For gradient descent only the ratio of
 * the weights is a setting of its own: their size is α's.
 */
export const STEP_SETTINGS: readonly StepSetting[] = [
  { name: "sgd0.005", label: "sgd, α 0.005 (printed)", change: sgd(0.005) },
  { name: "sgd0.05", label: "sgd, α 0.05", change: sgd(0.05) },
  { name: "sgd0.5", label: "sgd, α 0.5", change: sgd(0.5) },
  { name: "adam0.0005", label: "adam, α 0.0005", change: adam(0.0005) },
  { name: "adam0.005", label: "adam, α 0.005", change: adam(0.005) },
  { name: "sgd0.5M3", label: "sgd, α 0.5, M 3", change: sgd(0.5, { testSteps: 3 }) },
  { name: "adam0.0005M3", label: "adam, α 0.0005, M 3", change: adam(0.0005, { testSteps: 3 }) },
  {
    name: "sgd0.5noEmbedding",
    label: "sgd, α 0.5, no item table",
    change: sgd(0.5, { testParameters: "noEmbedding" }),
  },
  {
    name: "adam0.005noEmbedding",
    label: "adam, α 0.005, no item table",
    change: adam(0.005, { testParameters: "noEmbedding" }),
  },
  {
    name: "adam0.005blockOnly",
    label: "adam, α 0.005, block only",
    change: adam(0.005, { testParameters: "blockOnly" }),
  },
  {
    name: "sgd0.5time",
    label: "sgd, α 0.5, μ₁ 1, μ₂ 0.01",
    change: sgd(0.5, { testTimeWeight: 1, testStateWeight: 0.01 }),
  },
  {
    name: "sgd0.5state",
    label: "sgd, α 0.5, μ₁ 0.1, μ₂ 0.1",
    change: sgd(0.5, { testTimeWeight: 0.1, testStateWeight: 0.1 }),
  },
  {
    name: "adam0.0005state",
    label: "adam, α 0.0005, μ₁ 0.001, μ₂ 1",
    change: adam(0.0005, { testTimeWeight: 0.001, testStateWeight: 1 }),
  },
];
