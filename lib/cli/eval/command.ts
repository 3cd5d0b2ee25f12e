import type { Command } from "commander";

/**
 * Adds `reprise eval`, whose part of the library is loaded when it is called: `--help` must not wait for TensorFlow.
 * @param end what to do with the exit code
 */
export function addEvalCommand(program: Command, end: (code: number) => void): void {
  program
    .command("eval")
    .description(
      "ask a model the problems of a benchmark, grade its answers, and report; goes on where it was",
    )
    .argument("<benchmark>", "olymmath")
    .option("--model <which>", "the URL of a server, FILE.gguf, smollm2, or in-house")
    .option(
      "--set <names>",
      "EN-EASY, EN-HARD, ZH-EASY, ZH-HARD, or all; SYNTH-EN-EASY ..; or files; commas between",
    )
    .option("--n <count>", "samples of each problem (default: 8)")
    .option("--problems <count>", "only the first so many of each set")
    .option("--temperature <t>", "default: 0.6, as published")
    .option("--top-p <p>", "default: 0.95, as published")
    .option("--min-p <p>", "default: 0, as published")
    .option(
      "--max-tokens <n>",
      "of an answer, thoughts included (default: 32768, or what the model has room for)",
    )
    .option("--seed <n>", "another one gives other samples (default: 0)")
    .option(
      "--extra <json>",
      'more fields of a request, as the server calls them: {"reasoning_effort": "high"}; null takes one away',
    )
    .option("--concurrency <n>", "samples side by side (default: 8)")
    .option("--requests-per-minute <n>", "to a server")
    .option("--tokens-per-minute <n>", "of prompts and answers together, of a server")
    .option(
      "--timeout <minutes>",
      "of a request to a server, which may be silent for half of it (default: 30)",
    )
    .option("--stream", "have a server send answers as they are written (default)")
    .option("--no-stream", "have it send them whole")
    .option("--budget-tokens <n>", "ends before prompts and answers have more tokens, over all calls")
    .option("--budget-cost <amount>", "the same of the cost")
    .option("--price-input <price>", "of a million tokens of prompts")
    .option("--price-output <price>", "of a million tokens of answers")
    .option("--price-cached <price>", "of those of prompts that the server had in its cache")
    .option("--price-reasoning <price>", "of those of answers that are thoughts")
    .option("--minutes <n>", "no sample begins after so many")
    .option("--name <model>", "what the server calls the model; of a file, what it is called here")
    .option("--api-key-env <variable>", "the environment variable that holds the server's key")
    .option("--weights <file>", "of the in-house model")
    .option(
      "--mode <mode>",
      "ref: check answers as the authors do (default); want: more strictly and more kindly",
    )
    .option("--out <folder>", "where log and report go (default: runs/eval/olymmath/<model>-<settings>)")
    .option("--figures", "draw figures beside the report (default)")
    .option("--no-figures", "write tables only")
    .option("--yes", "begin without a question, whatever it costs")
    .option("--dry-run", "only say what it would take")
    .option("--replay <log>", "give the answers of a log again, and grade them")
    .option(
      "--config <file>",
      'JSON with options by these names, such as {"n": 4, "max-tokens": 1024}; those that are typed win',
    )
    .action(async (benchmark: string, options) => {
      const { runEval } = require(".") as typeof import(".");
      end(await runEval(benchmark, options));
    });
}

/** Adds `reprise compare`. @param end what to do with the exit code */
export function addCompareCommand(program: Command, end: (code: number) => void): void {
  program
    .command("compare")
    .description(
      "set the results of several models on a benchmark beside each other, and beside published ones",
    )
    .argument("<benchmark>", "olymmath")
    .argument("<folders...>", "what eval has written, two or more")
    .option(
      "--aime24 <model=score>",
      "a model's Pass@1 on AIME24 in percent, to be put into that comparison; may be repeated",
      (value: string, previous: string[]) => [...previous, value],
      [],
    )
    .option("--mode <mode>", "ref or want: of the table and the figures; the files have both", "ref")
    .option("--out <folder>", "where the comparison goes (default: runs/eval/olymmath/comparison)")
    .option("--no-figures", "write tables only")
    .action(async (benchmark: string, folders: string[], options) => {
      const { runCompare } = require("./compare") as typeof import("./compare");
      end(await runCompare(benchmark, folders, options));
    });
}
