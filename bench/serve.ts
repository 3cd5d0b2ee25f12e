import { createInterface } from "node:readline";
import { peakBytes } from "./memory";
import { localSubject } from "./subject";
import { BENCHMARKS } from "./workloads";

/**
 * Runs one workload in a process of its own: `serve.ts <benchmark> <size> <variant>`. Lines of JSON: on its output first
 * `{ firstSeconds }`, then for every `{ runs }` on its input `{ seconds }` a run, and for `{ end }` what `Closing` says.
 */
async function main(): Promise<void> {
  const [name, size, variant] = process.argv.slice(2);
  const benchmark = BENCHMARKS.find((one) => one.name === name);
  const create = benchmark?.variants[variant];
  if (create === undefined) throw new Error(`there is no benchmark ${name} with a variant ${variant}`);
  const baseBytes = peakBytes();
  const subject = localSubject(variant, create(Number(size)));
  answer({ firstSeconds: subject.firstSeconds });
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line) as { runs?: number };
    if (request.runs === undefined) break;
    answer({ seconds: await subject.sample(request.runs) });
  }
  const { reports } = await subject.close();
  answer({ peakBytes: peakBytes(), baseBytes, reports });
}

function answer(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
