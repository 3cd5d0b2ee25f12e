export * from "./agreement";
export * from "./bootstrap";
export * from "./effects";
export * from "./judgement";
export * from "./ranking";
