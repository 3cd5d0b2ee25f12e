export * from "./benchmarkLine";
export * from "./consistency";
export * from "./contamination";
export * from "./derivations";
export * from "./guesses";
export * from "./languageGap";
export * from "./lengths";
export * from "./rewriting";
