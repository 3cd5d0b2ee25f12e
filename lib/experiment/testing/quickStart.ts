import { join } from "node:path";
import { projectRoot } from "../../data/root";

const TFJS = join(projectRoot(), "node_modules", "@tensorflow", "tfjs");

/**
 * `NODE_OPTIONS` for the many short programs that a test starts with `--require tsx/cjs`: tfjs is there before tsx, which would else
 * look through its bundles for what must be compiled, half of what such a program takes to start.
 */
export const QUICK_START = [process.env["NODE_OPTIONS"], `--require=${JSON.stringify(TFJS)}`]
  .filter(Boolean)
  .join(" ");
