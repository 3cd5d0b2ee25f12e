export {
  type AdvantageOptions,
  type Deviation,
  type GroupStatistics,
  groupAdvantages,
  groupStatistics,
} from "./advantages";
export { type Average, average, type Counted } from "./averages";
export { type ClipOptions, clippedSurrogate, logRatio, type Surrogate } from "./clippedSurrogate";
export { type DpoOptions, dpoLoss, type PreferencePairs, preferenceMargins } from "./dpoLoss";
export {
  collectGroups,
  type DynamicSamplingOptions,
  type GroupCollector,
  isInformative,
  type RewardedGroup,
  type SampledGroups,
} from "./dynamicSampling";
export { type GroupMetrics, groupMetrics } from "./groupMetrics";
export { k3 } from "./klEstimator";
export { type PolicyBatch, type PolicyLoss, type PolicyLossOptions, policyLoss } from "./policyLoss";
export { masked, sequenceLogProbs, tokenEntropy, tokenLogProbs } from "./tokenLogProbs";
