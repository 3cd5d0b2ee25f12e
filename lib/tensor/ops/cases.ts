import type * as tf from "@tensorflow/tfjs";
import { activationCases } from "./cases/activations";
import { contractionCases } from "./cases/contractions";
import { cumulativeCases } from "./cases/cumulative";
import { indexingCases } from "./cases/indexing";
import { shapeCases } from "./cases/shapes";
import type { Dense } from "./reference";

/** A float32 input of an op: its shape, and the range or the numbers themselves. */
export interface CaseInput {
  shape: readonly number[];
  min?: number;
  max?: number;
  values?: readonly number[];
}

/** One op at one setting, with its definition. Tests run it eagerly, compiled and under XLA, and differentiate it. */
export interface OpCase {
  name: string;
  inputs: readonly CaseInput[];
  run(...xs: tf.Tensor[]): tf.Tensor;
  reference(...xs: Dense[]): Dense;
  /** False where the op has no gradient to speak of. */
  differentiable?: boolean;
  /** Relative and absolute tolerance of the value; default 1e-5. */
  tolerance?: number;
}

/** Every op that `lib/tensor` offers. */
export const opCases: readonly OpCase[] = [
  ...activationCases,
  ...contractionCases,
  ...cumulativeCases,
  ...indexingCases,
  ...shapeCases,
];
