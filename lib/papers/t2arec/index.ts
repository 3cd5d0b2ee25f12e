export * from "./forward";
export * from "./losses";
export * from "./model";
export * from "./parameters";
export * from "./ssm";
export * from "./testTime";
