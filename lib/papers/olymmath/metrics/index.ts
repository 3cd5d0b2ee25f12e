export type { BootstrapOptions, Estimate } from "./bootstrap";
export * from "./setMetrics";
