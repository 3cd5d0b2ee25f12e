export * from "./circuit";
export * from "./prompts";
export * from "./statistics";
