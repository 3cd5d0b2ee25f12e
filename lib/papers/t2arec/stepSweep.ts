import type { SequentialDataset } from "../../recsys";
import { disposeTree } from "../../tensor/tree";
import type { T2ARecConfig } from "./config";
import type { T2ARec } from "./model";
import { buildModel, type Listener, testModel, testWithStep, trainModel } from "./training";

/** Settings of the test-time step that a sweep compares. */
export type StepSetting = Pick<T2ARecConfig, "testOptimizer" | "testLearningRate">;

/** What the paper prints (SGD, 0.005), larger steps of the same kind, and Adam's sign-like first step. */
export const STEP_SETTINGS: readonly StepSetting[] = [
  { testOptimizer: "sgd", testLearningRate: 0.005 },
  { testOptimizer: "sgd", testLearningRate: 0.05 },
  { testOptimizer: "sgd", testLearningRate: 0.5 },
  { testOptimizer: "adam", testLearningRate: 0.0005 },
  { testOptimizer: "adam", testLearningRate: 0.005 },
];

export interface StepRow extends StepSetting {
  readonly validation: number;
  /** Change of the validation NDCG@10 by the step. */
  readonly validationChange: number;
  readonly test: number;
  readonly testChange: number;
}

/**
 * One trained T2ARec under several test-time steps. A setting is to be chosen by its validation column; the test column shows what
 * the choice would have brought.
 */
export async function stepSweep(
  data: SequentialDataset,
  config: T2ARecConfig,
  settings: readonly StepSetting[] = STEP_SETTINGS,
  listener: Listener = {},
): Promise<StepRow[]> {
  const model = buildModel("T2ARec", config, data) as T2ARec;
  const losses = { time: true, state: true };
  try {
    await trainModel(model, data, config, listener);
    const [validation, test] = (["validation", "test"] as const).map(
      (split) => testModel(model, data, config, split).metrics.ndcg,
    );
    return settings.map((setting) => {
      const moved = (split: "validation" | "test") =>
        testWithStep(model, data, { ...config, ...setting }, losses, split).metrics.ndcg;
      const [onValidation, onTest] = [moved("validation"), moved("test")];
      return {
        ...setting,
        validation: onValidation,
        validationChange: onValidation - validation,
        test: onTest,
        testChange: onTest - test,
      };
    });
  } finally {
    disposeTree(model.parameters);
  }
}
