import type { PlannedRun } from "../experiment/plan";
import type { RunEnd, RunningRun, SweepState } from "../experiment/sweep";
import { formatDuration, type StatusStream } from "./statusLine";

const QUIET_MS = 60_000;
const LABEL = 34;
/** A terminal of fewer columns has the short bar. */
const WIDE = 96;

/** How a sweep stands, for who watches it: a block of lines redrawn in place on a terminal, a line a minute in a file. */
export interface SweepScreen {
  state(state: SweepState): void;
  /** A run has ended: a line that stays. */
  end(run: PlannedRun, end: RunEnd): void;
  /** A line that stays, above the block. */
  print(line: string): void;
  stop(): void;
}

export function sweepScreen(
  stream: StatusStream = process.stderr,
  now: () => number = Date.now,
): SweepScreen {
  const started = now();
  let drawn = 0;
  let written = now();

  const clear = () => {
    if (drawn > 0) stream.write(`\u001b[${drawn}A\u001b[0J`);
    drawn = 0;
  };
  const print = (line: string) => {
    clear();
    stream.write(`${line}\n`);
  };

  return {
    print,
    state(state) {
      const elapsed = formatDuration(now() - started);
      if (!stream.isTTY) {
        if (now() - written < QUIET_MS) return;
        written = now();
        stream.write(`${elapsed}  ${[headline(state), ...state.running.map(shortLine)].join("; ")}\n`);
        return;
      }
      clear();
      const width = (stream.columns || 80) - 1;
      const lines = [
        `${elapsed}  ${headline(state)}`,
        ...state.running.map((each) => workerLine(each, width)),
      ].map((line) => line.slice(0, width));
      stream.write(lines.map((line) => `${line}\n`).join(""));
      drawn = lines.length;
    },
    end(run, end) {
      if (end.status === "finished") print(`✓ ${run.label}  ${formatDuration(end.seconds * 1000)}`);
      if (end.status === "failed") print(`✗ ${run.label}: ${end.message.split("\n")[0]}`);
    },
    stop: clear,
  };
}

/** "12 of 42 runs done, 1 failed, about 0:34:00 left". */
export function headline({ total, done, failed, secondsLeft }: SweepState): string {
  const left = secondsLeft === undefined ? [] : [`about ${formatDuration(secondsLeft * 1000)} left`];
  return [`${done} of ${total} runs done`, ...(failed > 0 ? [`${failed} failed`] : []), ...left].join(", ");
}

/** "  T2ARec, seed 1   ████████░░░░  40%  0:12  epoch 4 of 10"; of the note, the parts that there is room for. */
function workerLine({ run, progress, seconds }: RunningRun, width: number): string {
  const length = width < WIDE ? 10 : 20;
  const share =
    progress === undefined || progress.total === 0 ? 0 : Math.min(1, progress.done / progress.total);
  const filled = Math.round(share * length);
  const bar = "█".repeat(filled) + "░".repeat(length - filled);
  const percent = String(Math.floor(share * 100)).padStart(3);
  const line = `  ${fitted(run.label)} ${bar} ${percent}%  ${formatDuration(seconds * 1000)}  `;
  let note = "";
  for (const part of (progress?.note ?? (progress === undefined ? "starting" : "")).split(", ")) {
    const longer = note === "" ? part : `${note}, ${part}`;
    if (line.length + longer.length > width) break;
    note = longer;
  }
  return (line + note).trimEnd();
}

/** A label as wide as its column; one that is too long loses its middle, as its end is the seed. */
function fitted(label: string): string {
  if (label.length <= LABEL) return label.padEnd(LABEL);
  const end = label.slice(-LABEL / 3);
  return `${label.slice(0, LABEL - 1 - end.length)}…${end}`;
}

function shortLine({ run, progress }: RunningRun): string {
  return progress === undefined
    ? `${run.label} starting`
    : `${run.label} ${Math.floor((100 * progress.done) / progress.total)}%`;
}
