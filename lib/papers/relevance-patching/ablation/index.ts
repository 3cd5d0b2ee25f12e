export * from "./ablate";
export * from "./activations";
export * from "./curve";
export * from "./headLists";
export * from "./modules";
export * from "./replacement";
export * from "./summary";
