export * from "./answers";
export * from "./fixedLengthPairs";
export * from "./negatives";
export * from "./pairs";
export * from "./positionGroups";
export * from "./promptFormat";
export * from "./prompts";
export * from "./tokenizedPrompt";
