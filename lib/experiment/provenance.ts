import { execFileSync } from "node:child_process";
import os from "node:os";
import * as tf from "@tensorflow/tfjs";
import { projectRoot } from "../data/root";
import { nativeBackend } from "../tensor/native";

/** The commit of the working tree, with "+" behind it where its sources differ from it; "unknown" outside a repository. */
export function sourceCommit(): string {
  const cwd = projectRoot();
  try {
    const git = (...args: string[]) =>
      execFileSync("git", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
    const sources = ["lib", "kernels", "package-lock.json"];
    const changed = git("status", "--porcelain", "--untracked-files=no", "--", ...sources);
    return `${git("rev-parse", "--short=12", "HEAD")}${changed === "" ? "" : "+"}`;
  } catch {
    return "unknown"; // a copy of the sources without git's history runs as well
  }
}

/** Threads that TensorFlow computes with: `REPRISE_THREADS`, or else one a core. */
export function threads(): number {
  return Number(process.env["REPRISE_THREADS"]) || os.availableParallelism();
}

/** Processor, cores, and what runs the tensors with how many threads, where TensorFlow does. */
export function machine(): string {
  const processor = os.cpus()[0]?.model.trim() ?? "unknown processor";
  const started = tf.engine().backendName === "tensorflow";
  const count = threads() === 1 ? "1 thread" : `${threads()} threads`;
  const tensorflow = started ? [`tensorflow ${nativeBackend().binding.TF_Version}`, count] : [];
  return [processor, `${os.availableParallelism()} cores`, ...tensorflow].join(", ");
}
