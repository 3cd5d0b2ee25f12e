export { type AdagradOptions, adagrad } from "./adagrad";
export { type AdamOptions, type AdamSlot, adam, adamW } from "./adam";
export { type ClippedGradients, clipByGlobalNorm, globalNorm } from "./clip";
export {
  createOptimizer,
  type Optimizer,
  type OptimizerOptions,
  type ParameterTree,
  type UpdateClock,
  type UpdateContext,
  type UpdateRule,
} from "./optimizer";
export {
  constant,
  cosine,
  linear,
  linearDecay,
  type Schedule,
  toSchedule,
  warmup,
  warmupCosine,
} from "./schedules";
export { type SgdOptions, sgd } from "./sgd";
