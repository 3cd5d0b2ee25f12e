import { type LocalModel, type LocalModelOptions, localModel } from "../../../../llm/generation";
import type { InHouseModel } from "./model";

/** What requests call it: its name alone says that it is no model to be compared. */
export const IN_HOUSE_NAME = "in-house-synthetic";

/** The trained model as one that can be asked like any other. Free it before the weights. */
export function inHouseChat(made: InHouseModel, options: Omit<LocalModelOptions, "name"> = {}): LocalModel {
  return localModel(made, { ...options, name: IN_HOUSE_NAME });
}
