import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError } from "commander";
import { projectRoot } from "../data/root";
import { CommandError } from "./errors";
import { addCompareCommand, addEvalCommand } from "./eval/command";
import { addProbeCommand } from "./probe/command";

/** Each command loads its own part of the library when it is called: `--help` must not wait for TensorFlow. */
const commands = {
  lab: () => require("./lab") as typeof import("./lab"),
  run: () => require("./run") as typeof import("./run"),
  data: () => require("./data") as typeof import("./data"),
  serve: () => require("./serve") as typeof import("./serve"),
  doctor: () => require("./doctor") as typeof import("./doctor"),
  ablate: () => require("./ablate") as typeof import("./ablate"),
  claims: () => require("./claims") as typeof import("./claims"),
  report: () => require("./report") as typeof import("./report"),
  runs: () => require("./runs") as typeof import("./runs"),
  tensorboard: () => require("./tensorboard") as typeof import("./tensorboard"),
};

/** An option that may be given many times. */
const collect = (value: string, previous: string[]) => [...previous, value];

/**
 * The commands of `reprise`.
 * @param end what to do with a command's exit code
 */
export function buildProgram(end: (code: number) => void): Command {
  const { version } = JSON.parse(readFileSync(join(projectRoot(), "package.json"), "utf8"));
  const program = new Command("reprise")
    .description("Machine-learning papers reproduced end to end in TypeScript notebooks.")
    .version(version)
    .showHelpAfterError("(npx reprise --help lists the commands)")
    .enablePositionalOptions();

  program
    .command("lab")
    .description("open JupyterLab with the kernel ready; further arguments go to JupyterLab")
    .argument("[arguments...]", "a notebook by name or path, and JupyterLab's own options")
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (given: string[]) => end(await commands.lab().startLab(given)));

  program
    .command("run")
    .description(
      "execute a notebook, and keep the executed copy in runs/notebooks; or make the runs of an experiment",
    )
    .argument("<name>", "a notebook in notebooks/, or a path; or an experiment")
    .option("--preset <name>", "scale: smoke (seconds), cpu (minutes), gpu")
    .option("-p, --parameter <name=value>", "set a parameter; may be repeated", collect, [])
    .option("--output <file>", "notebooks: where the executed copy goes")
    .option("--seeds <list>", "experiments: 1,2,3 or 1-3")
    .option("--jobs <n>", "experiments: runs at the same time")
    .option("--memory <size>", "experiments: most memory a run may take: 4G, 800M")
    .option("--dry-run", "experiments: only say what would run, and what is stored")
    .action(async (name: string, options) => end(await commands.run().runByName(name, options)));

  addExperimentCommands(program, end);

  const data = program.command("data").description("data sets: what there is, fetch it, check it");
  data
    .command("list")
    .description("every data set with its source, licence and state")
    .option("--json", "as JSON")
    .action(async ({ json }) => end(await commands.data().runData("list", [], json)));
  for (const [action, description] of [
    ["fetch", "download what is not there, verified by SHA-256; all without names"],
    ["verify", "check files by hash and parse every row; all without names"],
  ] as const) {
    data
      .command(action)
      .description(description)
      .argument("[names...]")
      .option("--json", "as JSON")
      .action(async (names: string[], { json }) => end(await commands.data().runData(action, names, json)));
  }

  addServeCommand(program, end);
  addEvalCommand(program, end);
  addCompareCommand(program, end);
  addProbeCommand(program, end);

  program
    .command("doctor")
    .description("what was found on this machine, and what to do where something is missing")
    .option("--json", "as JSON")
    .action(async ({ json }) => end(await commands.doctor().runDoctor(json)));

  return program;
}

function addServeCommand(program: Command, end: (code: number) => void): void {
  program
    .command("serve")
    .description("serve a language model in this process by OpenAI's protocol, until Ctrl-C")
    .option(
      "--model <path>",
      "a GGUF file, or a folder as Hugging Face's transformers save it (default: the data set smollm2-135m-instruct)",
    )
    .option("--name <name>", "what requests call the model (default: after its file)")
    .option("--port <n>", "0: any that is free", "8080")
    .option("--host <address>", "any other than this machine's own needs --api-key", "127.0.0.1")
    .option("--api-key <key>", "what requests must carry (default: nothing)")
    .option("--context <n>", "tokens of prompt and answer together (default: what the model was made for)")
    .option("--cache <size>", "most memory for prompts that were read lately: 512M, 2G, 0", "512M")
    .option("--running <n>", "requests that take turns", "4")
    .option("--queued <n>", "requests that wait; more are sent away", "16")
    .option("--xla", "compile with XLA: quicker answers, after a slow first one for each length")
    .action(async (options) => end(await commands.serve().serve(options)));
}

/** The commands that make runs, and those that look at them. */
function addExperimentCommands(program: Command, end: (code: number) => void): void {
  program
    .command("ablate")
    .description("make the runs of an ablation that are not stored yet; print its table, draw its figure")
    .argument("<experiment>", "a paper such as t2arec, or baselines")
    .argument("[ablation]", "which comparison; without it the command tells what there is")
    .option("--preset <name>", "scale of the runs: smoke, cpu, gpu", "cpu")
    .option("--seeds <list>", "1,2,3 or 1-3", "1,2,3")
    .option(
      "-p, --parameter <name=value>",
      "change a field of the configuration; may be repeated",
      collect,
      [],
    )
    .option("--jobs <n>", "runs at the same time; the threads are divided among them", "1")
    .option("--memory <size>", "most memory a run may take: 4G, 800M")
    .option("--dry-run", "only say what would run, and what is stored")
    .action(async (experiment: string, ablation: string | undefined, options) =>
      end(await commands.ablate().runAblation(experiment, ablation, options)),
    );

  program
    .command("claims")
    .description("the paper's claims against the stored runs: supported, refuted or undecided, with the test")
    .argument("<paper>", "t2arec")
    .option("--preset <name>", "scale of the runs", "cpu")
    .option("--seeds <list>", "1,2,3 or 1-3", "1,2,3")
    .option("-p, --parameter <name=value>", "a field of the configuration; may be repeated", collect, [])
    .option("--json", "as JSON")
    .action(async (paper: string, options) => end(await commands.claims().runClaims(paper, options)));

  program
    .command("report")
    .description("tables and figures from the stored runs, into figures/<name>/ and the README; makes no run")
    .argument("<name>", "a paper such as t2arec, or baselines")
    .option("--preset <name>", "scale of the runs", "cpu")
    .option("--seeds <list>", "1,2,3 or 1-3", "1,2,3")
    .action(async (name: string, options) => end(await commands.report().runReport(name, options)));

  const runs = program
    .command("runs")
    .description("stored runs: what there is, look at it, compare, remove, export");
  runs
    .command("list")
    .description("finished runs and those that failed")
    .argument("[experiment]")
    .option("--json", "as JSON")
    .action((experiment: string | undefined, options) => end(commands.runs().listRuns(experiment, options)));
  runs
    .command("show")
    .description("everything that is known of a run")
    .argument("<run>", "the beginning of its name")
    .action((run: string) => end(commands.runs().showRun(run)));
  runs
    .command("diff")
    .description("where two runs differ")
    .argument("<run>")
    .argument("<other>")
    .action((run: string, other: string) => end(commands.runs().diffRuns(run, other)));
  runs
    .command("remove")
    .description("delete runs")
    .argument("<runs...>")
    .action((names: string[]) => end(commands.runs().removeRuns(names)));
  runs
    .command("export")
    .description("write runs for other programs")
    .argument("<format>", "csv (a file), mlflow or tensorboard (a folder)")
    .argument("<target>")
    .argument("[experiment]")
    .action((format: string, target: string, experiment: string | undefined) =>
      end(commands.runs().exportRuns(format, target, experiment)),
    );

  program
    .command("tensorboard")
    .description("TensorBoard on the stored runs; further arguments go to TensorBoard")
    .argument("[arguments...]", "an experiment, for its runs alone, and TensorBoard's own options")
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (given: string[]) => end(await commands.tensorboard().openTensorboard(given)));
}

/**
 * Runs the command line; sets the process's exit code.
 * @param argv as `process.argv`
 */
export async function main(argv: readonly string[] = process.argv): Promise<void> {
  const program = buildProgram((code) => {
    process.exitCode = code;
  });
  for (const command of [
    program,
    ...program.commands,
    ...program.commands.flatMap((child) => child.commands),
  ])
    command.exitOverride();
  // `reprise … | head` closes the pipe early: that is no error.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit();
    throw error;
  });
  try {
    await program.parseAsync(argv);
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode;
    } else if (error instanceof CommandError) {
      console.error(explain(error));
      process.exitCode = 1;
    } else if (isMachines(error)) {
      console.error(explain(new CommandError(error.message)));
      process.exitCode = 1;
    } else {
      throw error;
    }
  }
}

/** Whether a file or folder could not be used as it is on this machine: no fault of the program's. */
function isMachines(error: unknown): error is NodeJS.ErrnoException {
  const { code } = error as NodeJS.ErrnoException;
  return code !== undefined && ["EACCES", "EPERM", "EROFS", "ENOSPC", "ENOTDIR"].includes(code);
}

/** An error as a person reads it: what, and what to do. */
export function explain({ message, remedies }: CommandError): string {
  return [`✗ ${message}`, ...remedies.map((remedy) => `  → ${remedy}`)].join("\n");
}
