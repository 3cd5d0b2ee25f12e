import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError } from "commander";
import { projectRoot } from "../data/root";
import { CommandError } from "./errors";

/** Each command loads its own part of the library when it is called: `--help` must not wait for TensorFlow. */
const commands = {
  lab: () => require("./lab") as typeof import("./lab"),
  run: () => require("./run") as typeof import("./run"),
  data: () => require("./data") as typeof import("./data"),
  doctor: () => require("./doctor") as typeof import("./doctor"),
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
    .description("execute a notebook with parameters and keep the executed copy in runs/notebooks")
    .argument("<notebook>", "its name in notebooks/, or a path")
    .option("--preset <name>", "its preset parameter: smoke (seconds), cpu (minutes), gpu")
    .option("-p, --parameter <name=value>", "set a parameter; may be repeated", collect, [])
    .option("--output <file>", "where the executed copy goes")
    .action(async (notebook: string, options) => end(await commands.run().runNotebook(notebook, options)));

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

  program
    .command("doctor")
    .description("what was found on this machine, and what to do where something is missing")
    .option("--json", "as JSON")
    .action(async ({ json }) => end(await commands.doctor().runDoctor(json)));

  return program;
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
    } else {
      throw error;
    }
  }
}

/** An error as a person reads it: what, and what to do. */
export function explain({ message, remedies }: CommandError): string {
  return [`✗ ${message}`, ...remedies.map((remedy) => `  → ${remedy}`)].join("\n");
}
