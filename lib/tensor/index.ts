export * as tf from "@tensorflow/tfjs";
export { type Attribute, backendReport, isNative, rawOp } from "./backend";
export { type Compiled, type CompileOptions, compile, type TraceReport } from "./compile";

import "./gradients";

export { type KeptWeights, keptWeights } from "./keptWeights";
export * from "./ops";
export * as Rng from "./rng";
export * from "./safetensors";
export * from "./tree";
