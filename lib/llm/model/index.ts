export { type Architecture, checkConfig, type ModelConfig } from "./config";
export { type Decoded, type Decoder, type DecodeState, decoder } from "./decoder";
export { type Run, type RunOptions, run, unembed } from "./forward";
export { type GgufLike, ggufConfig } from "./ggufConfig";
export {
  type ActivationCache,
  HOOK_NAMES,
  type Hook,
  type HookContext,
  type HookFunction,
  type HookName,
  transformerLensName,
} from "./hooks";
export { huggingFaceConfig } from "./huggingFaceConfig";
export { type InitialiseOptions, initialiseLanguageModel, trainableWeights } from "./initialise";
export { cacheRows, disposeCache, type KvCache, packed } from "./kvCache";
export { withLayer } from "./layerSource";
export { ggufModel, type LoadOptions, loadGguf, loadHuggingFace } from "./load";
export { type PatchOptions, patch, type Region } from "./patch";
export { ropeFrequencies } from "./rope";
export { type Llama3Scaling, llama3Factors } from "./ropeScaling";
export { type Baseline, type Resumed, type ResumeOptions, recordBaseline, resume } from "./suffix";
export {
  ggufWeights,
  huggingFaceWeights,
  type LanguageModel,
  type LanguageModelWeights,
  type LayerWeights,
  type Linear,
  type ReadWeight,
} from "./weights";
