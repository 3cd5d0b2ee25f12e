import { writeFileSync } from "node:fs";
import os from "node:os";
import { parseArgs } from "node:util";
import { backendReport, isNative } from "../lib/tensor";
import { formatOutcome } from "./report";
import { type Outcome, runBenchmark } from "./run";
import { BENCHMARKS } from "./workloads";

/**
 * `npm run bench`, `npm run bench -- sasrec matmul --seconds 30 --json results.json`.
 *
 * Every figure is a median over rounds in which all subjects take turns, with its middle half in brackets, and a ratio to
 * the first subject. REPRISE_TORCH_PYTHON names a Python that has PyTorch: the same work is then timed there, in turn with
 * ours and with as many threads (REPRISE_THREADS; all processors if unset). Limits are printed with their verdict; the
 * exit code does not depend on them.
 */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { seconds: { type: "string", default: "20" }, json: { type: "string" } },
  });
  const seconds = Number(values.seconds);
  if (!(seconds > 0)) throw new Error(`--seconds wants a positive number, not ${values.seconds}`);
  const names = BENCHMARKS.map(({ name }) => name);
  const unknown = positionals.filter((name) => !names.includes(name));
  if (unknown.length > 0)
    throw new Error(`no benchmark is called ${unknown.join(", ")}; there are ${names.join(", ")}`);
  if (!isNative()) throw new Error("benchmarks need the native kernel: run `npm run setup`");

  process.env.REPRISE_THREADS ??= String(os.availableParallelism());
  const python = process.env.REPRISE_TORCH_PYTHON || undefined;
  const { version } = backendReport();
  const [processor] = os.cpus();
  const machine = `${processor?.model.trim()}, ${process.env.REPRISE_THREADS} threads, Node ${process.version}, TensorFlow ${version}`;
  console.log(`${machine}${python === undefined ? "; PyTorch: REPRISE_TORCH_PYTHON is not set" : ""}\n`);

  const outcomes: Outcome[] = [];
  for (const benchmark of BENCHMARKS) {
    if (positionals.length > 0 && !positionals.includes(benchmark.name)) continue;
    for (const size of benchmark.sizes) {
      const outcome = await runBenchmark(benchmark, size, { seconds, python, progress });
      progress("");
      outcomes.push(outcome);
      console.log(formatOutcome(outcome));
    }
  }
  if (values.json !== undefined) {
    const date = new Date().toISOString();
    writeFileSync(values.json, `${JSON.stringify({ date, machine, seconds, outcomes }, null, 2)}\n`);
  }
}

/** On a terminal, the line under the table; elsewhere nothing. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
