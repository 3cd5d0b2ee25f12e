export * from "./analyses";
export * from "./grading";
export * from "./metrics";
export * from "./problems";
export * from "./prompts";
export * from "./published";
export * from "./sampling";
