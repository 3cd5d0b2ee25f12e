export * from "./checkerVersion";
export * from "./disagreements";
export * from "./grade";
