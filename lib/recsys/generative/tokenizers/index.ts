export { type LetterOptions, trainLetter } from "./letter";
export type { TokenizerOptions, TokenizerRun } from "./run";
export { trainTiger } from "./tiger";
export { trainTigerPlusPlus } from "./tigerPlusPlus";
