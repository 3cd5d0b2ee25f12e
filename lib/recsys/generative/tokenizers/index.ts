export { type LetterOptions, trainLetter } from "./letter";
export { trainTiger } from "./tiger";
export { trainTigerPlusPlus } from "./tigerPlusPlus";
export type { TokenizerOptions, TokenizerRun } from "./tokenizer";
