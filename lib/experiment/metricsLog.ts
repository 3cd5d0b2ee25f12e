import { closeSync, existsSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";

/** The log's name in a run's folder. */
export const METRICS_FILE = "metrics.jsonl";

/** A line of the log. */
export interface LoggedMetrics {
  /** Of what the run counts: epochs, updates. */
  readonly step: number;
  /** Seconds since 1970. */
  readonly time: number;
  readonly values: Readonly<Record<string, number>>;
}

/** The metrics of a run while it goes on: one JSON record a line, only ever appended to. */
export class MetricsLog {
  private readonly file: number;

  /**
   * @param bytes  how much of an older log is kept: what was there when the checkpoint was made from which the run goes on
   */
  constructor(
    path: string,
    private length: number,
  ) {
    this.file = openSync(path, existsSync(path) ? "r+" : "w+");
    ftruncateSync(this.file, length);
  }

  append(step: number, values: Readonly<Record<string, number>>): void {
    const line: LoggedMetrics = { step, time: Date.now() / 1000, values };
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
    this.length += writeSync(this.file, bytes, 0, bytes.length, this.length);
  }

  /** Bytes so far. */
  size(): number {
    return this.length;
  }

  close(): void {
    closeSync(this.file);
  }
}

/** The lines of a log; the last one only where it is whole. A number that was not finite reads as NaN. */
export function readMetrics(path: string): LoggedMetrics[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n").slice(0, -1);
  return lines.map((line) => {
    const { step, time, values } = JSON.parse(line);
    const numbers = Object.entries(values).map(([name, value]) => [
      name,
      (value as number | null) ?? Number.NaN,
    ]);
    return { step, time, values: Object.fromEntries(numbers) };
  });
}
