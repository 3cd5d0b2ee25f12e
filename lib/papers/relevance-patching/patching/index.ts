export {
  type Direction,
  type PatchOptions,
  type PreparedPair,
  type PrepareOptions,
  patchSites,
  preparePair,
} from "./pair";
export { type PathMode, type PathOptions, pathPatch, preparePaths, type Receiver } from "./pathPatching";
export * from "./site";
export {
  type Answer,
  type AnswerOptions,
  type AnswerRunOptions,
  answerRun,
  difference,
  type JudgeOptions,
  judge,
  type Subject,
} from "./subject";
export * from "./sweep";
