export * as tf from "@tensorflow/tfjs";
export { type Attribute, backendReport, isNative, rawOp } from "./backend";
export { type Compiled, type CompileOptions, compile, type TraceReport } from "./compile";
