import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { ParameterValue } from "./parameters";

export interface PapermillRun {
  /** The program, `.venv/bin/python`. */
  python: string;
  notebook: string;
  /** Where the executed copy goes; papermill writes it cell by cell. */
  output: string;
  parameters: Readonly<Record<string, ParameterValue>>;
  /** The working directory of papermill and of the kernel. */
  folder: string;
  /** Variables for the kernel, besides those of this process. */
  environment?: Readonly<Record<string, string>>;
  onCell?: (cell: number) => void;
  /** A line that the notebook or papermill printed. */
  onLine?: (line: string) => void;
  /** The last progress that the notebook's display has shown. */
  onProgress?: (text: string) => void;
}

const CELL = /^Executing Cell (\d+)-+$/;
const NOISE =
  /^(Ending Cell \d+-+|Input Notebook: .*|Output Notebook: .*|Working directory: .*|Black is not installed.*|Executing notebook with kernel: .*)$/;

/** What one line of papermill's log says. */
export function readLogLine(line: string): { cell: number } | { text: string } | undefined {
  const cell = CELL.exec(line.trim());
  if (cell) return { cell: Number(cell[1]) };
  return line.trim() === "" || NOISE.test(line.trim()) ? undefined : { text: line };
}

/**
 * JSON that papermill's YAML reader takes for the same values: it would read 1e-7 (no point) as a string, and some
 * characters that JSON leaves as they are as line breaks.
 */
function toYaml(value: ParameterValue | Readonly<Record<string, ParameterValue>>): string {
  if (Array.isArray(value)) return `[${value.map(toYaml).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    return `{${Object.entries(value)
      .map(([key, item]) => `${toYaml(key)}: ${toYaml(item)}`)
      .join(", ")}}`;
  }
  if (typeof value === "number") return String(value).replace(/^(-?\d+)(?=e)/, "$1.0");
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** papermill's arguments. Parameters travel as base64 of YAML: no shell and no type guess comes in between. */
export function papermillArguments({ notebook, output, parameters, folder }: PapermillRun): string[] {
  const encoded = Buffer.from(toYaml(parameters)).toString("base64");
  return [
    ...["-m", "papermill", notebook, output, "--cwd", folder],
    ...["--log-output", "--no-progress-bar", "--autosave-cell-every", "30"],
    ...(Object.keys(parameters).length > 0 ? ["--parameters_base64", encoded] : []),
  ];
}

/**
 * Executes a notebook.
 * @returns papermill's exit code, and its log's last lines, which tell why where no cell did
 */
export async function runPapermill(run: PapermillRun): Promise<{ code: number; log: string[] }> {
  const folder = mkdtempSync(join(tmpdir(), "reprise-run-"));
  // A display that is updated in place never reaches papermill's log: the notebook writes its progress here as well.
  const progressFile = join(folder, "progress.txt");
  const child = spawn(run.python, papermillArguments(run), {
    cwd: run.folder,
    env: { ...process.env, ...run.environment, REPRISE_PROGRESS_FILE: progressFile, PYTHONUNBUFFERED: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const forward = (signal: NodeJS.Signals) => child.kill(signal);
  // A terminal sends Ctrl-C to papermill as well; this process only has to outlive it.
  let wasInterrupted = false;
  const wait = () => {
    wasInterrupted = true;
  };
  process.on("SIGINT", wait).on("SIGTERM", forward);
  let progress = "";
  const poll = setInterval(() => {
    const text = readIfThere(progressFile);
    if (text !== "" && text !== progress) run.onProgress?.(text);
    progress = text;
  }, 500);
  const log: string[] = [];
  const readers = [child.stdout, child.stderr].map(async (input) => {
    for await (const line of createInterface({ input })) {
      const told = readLogLine(line);
      if (!told) continue;
      if ("cell" in told) {
        run.onCell?.(told.cell);
        continue;
      }
      log.push(told.text);
      if (log.length > 50) log.shift();
      run.onLine?.(told.text);
    }
  });
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (exit, signal) => resolve(exit ?? (signal === "SIGINT" ? 130 : 143)));
    });
    await Promise.all(readers);
    // papermill answers 1 to an interrupt as to a failing cell.
    return { code: wasInterrupted ? 130 : code, log };
  } finally {
    clearInterval(poll);
    process.off("SIGINT", wait).off("SIGTERM", forward);
    rmSync(folder, { recursive: true, force: true });
  }
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return "";
  }
}
