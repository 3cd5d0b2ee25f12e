import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["lib/**/*.test.ts", "bench/**/*.test.ts", "kernels/**/*.test.ts", "scripts/**/*.test.ts", "notebooks/*.test.ts"],
    pool: "forks", // one process a file: TensorFlow's context is one a process
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
