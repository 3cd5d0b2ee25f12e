export * from "./languagePairs";
export * from "./officialFiles";
export * from "./problem";
export * from "./problemFile";
