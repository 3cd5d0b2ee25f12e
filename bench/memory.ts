import { readFileSync } from "node:fs";

/**
 * Highest resident memory of this process. Where the system tells it (Linux) from its own account of this program: `getrusage`
 * starts from the memory of the process that started this one.
 */
export function peakBytes(): number {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
    if (kilobytes !== undefined) return Number(kilobytes) * 1024;
  } catch {} // no such file: not Linux
  return process.resourceUsage().maxRSS * 1024;
}
