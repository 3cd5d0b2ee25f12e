export * from "./backend";
export * from "./endpoint";
export * from "./inProcess";
export * from "./plan";
export type { AnsweredRecord, FailedRecord, RunRecord, SampleRecord } from "./record";
export * from "./replay";
export * from "./run";
export * from "./sampleLog";
export * from "./settings";
