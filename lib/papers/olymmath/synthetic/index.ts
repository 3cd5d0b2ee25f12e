export { FAMILIES } from "./families";
export type { Family, Posed, Trap } from "./family";
export { inHouseChat } from "./inHouse/chat";
export { type Example, type ExamplesOptions, examplesOf, solutionOf } from "./inHouse/examples";
export {
  IN_HOUSE_BANNER,
  IN_HOUSE_SIZE,
  type InHouseModel,
  type InHouseSize,
  inHouseModel,
} from "./inHouse/model";
export { loadInHouse, saveInHouse } from "./inHouse/stored";
export { type InHouseCheck, type InHouseTrainingOptions, trainInHouse } from "./inHouse/training";
export {
  SPLIT_SEEDS,
  type Split,
  SYNTHETIC_BANNER,
  type SynthItem,
  type SynthItemOptions,
  splitOfText,
  synthItem,
} from "./items";
export { type SynthRow, type SynthSetOptions, synthLines, synthRows, synthSet } from "./problemSets";
export { OFFICIAL_SHAPES, SHAPES, type Shape, shapeCounts, shapeOf } from "./shapes";
