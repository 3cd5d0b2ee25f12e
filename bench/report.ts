import type { Outcome, Row } from "./run";
import type { Spread } from "./statistics";
import type { Work } from "./workload";

/** The outcome of one benchmark as lines for a terminal. */
export function formatOutcome(outcome: Outcome): string {
  const { title, size, sizeName, work, rounds, rows, bars, leakedTensors } = outcome;
  const heading = `${title}${sizeName === undefined ? "" : `, ${sizeName} ${size}`} (${rounds} rounds)`;
  const width = Math.max(...rows.map(({ subject }) => subject.length));
  const lines = rows.map((row) => `  ${row.subject.padEnd(width)}  ${cells(row, rows[0], work)}`);
  const verdicts = bars.map(({ text, value, pass }) => `  ${pass ? "pass" : "FAIL"}  ${text}: ${value}`);
  const leak = leakedTensors === 0 ? [] : [`  FAIL  ${leakedTensors} tensors are left over`];
  return [heading, ...lines, ...verdicts, ...leak, ""].join("\n");
}

function cells(row: Row, first: Row, work: Work | undefined): string {
  const time = `${duration(row.seconds.median)} ${interval(row.seconds, duration)}`;
  const ratio =
    row === first ? "1" : `${row.ratio.median.toFixed(2)} × ${interval(row.ratio, (x) => x.toFixed(2))}`;
  const memory =
    row.peakBytes === undefined
      ? ""
      : `peak ${megabytes(row.peakBytes)}${row.baseBytes === undefined ? "" : `, ${megabytes(row.baseBytes)} of it the runtime`}`;
  const rate =
    work === undefined ? "" : `${perSecond(work.amount / row.seconds.median)} ${work.unit} a second`;
  const traced = row.traced === undefined ? "" : `${row.traced}, first call ${duration(row.firstSeconds)}`;
  const rest = [rate, traced, memory].filter((text) => text !== "").join("; ");
  return `${time.padEnd(30)}  ${ratio.padEnd(22)}  ${rest}`.trimEnd();
}

function interval({ lower, upper }: Spread, format: (value: number) => string): string {
  return `[${format(lower)}, ${format(upper)}]`;
}

/** Three significant digits, written out. */
function perSecond(rate: number): string {
  return Number(rate.toPrecision(3)).toLocaleString("en");
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MB`;
}

/** Three significant digits in the unit that suits. */
export function duration(seconds: number): string {
  if (seconds >= 1) return `${seconds.toPrecision(3)} s`;
  if (seconds >= 1e-3) return `${(seconds * 1e3).toPrecision(3)} ms`;
  return `${(seconds * 1e6).toPrecision(3)} us`;
}
