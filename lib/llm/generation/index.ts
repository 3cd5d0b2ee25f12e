export { type BatchOptions, type BatchPrompt, type Completion, generateBatch } from "./batch";
export { type Engine, type EngineOptions, engine, type PretrainedModel } from "./engine";
export { type LocalModel, type LocalModelOptions, localModel } from "./localModel";
export { loadPretrained } from "./pretrained";
export { promptTokens } from "./prompt";
export type { SamplingOptions } from "./sampling";
