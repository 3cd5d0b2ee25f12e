import type { Command } from "commander";

/** Only when it is called: `--help` must not wait for TensorFlow. */
const load = () => require("./index") as typeof import("./index");

/**
 * `reprise probe`.
 * @param end  what to do with its exit code
 */
export function addProbeCommand(program: Command, end: (code: number) => void): void {
  program
    .command("probe")
    .description("whether a model knows a benchmark's problems by heart: it foretells them, and rewritings")
    .argument("<benchmark>", "olymmath")
    .option("--model <which>", "the URL of a server that completes bare text, FILE.gguf, or smollm2")
    .option("--set <names>", "as of eval")
    .option("--problems <count>", "only the first so many of each set")
    .option("--rewrites <count>", "of each problem (default: 3, as published)")
    .option("--rewriter <which>", "what rewrites the problems, as --model (default: the model itself)")
    .option("--rewrite-tokens <n>", "most tokens of a rewriting (default: 2048; in this process 512)")
    .option("--name <model>", "what the server calls the model; of a file, what it is called here")
    .option("--rewriter-name <model>", "the same of the rewriter")
    .option("--api-key-env <variable>", "the environment variable that holds the server's key")
    .option("--rewriter-api-key-env <variable>", "the same of the rewriter's server")
    .option("--seed <n>", "of places and rewritings (default: 0)")
    .option("--concurrency <n>", "requests side by side (default: 8)")
    .option("--out <folder>", "where results and rewritings go (default: runs/probe/olymmath)")
    .option("--rewrites-file <file>", "rewritings to use and to add to (default: rewrites.jsonl there)")
    .option("--dry-run", "only say how much it would ask")
    .action(async (benchmark: string, options) => end(await load().runProbe(benchmark, options)));
}
