import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Memory that a process of this machine has in use; undefined where there is no such process. */
export function residentBytes(pid: number): number | undefined {
  try {
    if (process.platform === "linux") {
      const found = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
      return found === null ? undefined : Number(found[1]) * 1024;
    }
    return Number(execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" })) * 1024;
  } catch {
    return undefined; // it has ended in the meantime
  }
}
