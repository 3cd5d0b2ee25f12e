export * from "./attentionRankers";
export * from "./bm25";
export * from "./calibratedAttention";
export * from "./prompted";
export * from "./ranking";
