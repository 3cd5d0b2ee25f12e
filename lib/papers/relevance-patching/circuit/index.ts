export * from "./handBuilt";
export * from "./residualTransformer";
export * from "./staircase";
export * from "./task";
