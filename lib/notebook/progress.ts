/** How far long work has come: a bar on a terminal, in a notebook, or a line a minute in a file. */
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { display, inKernel, isHeadless } from "./kernel";

export interface ProgressStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface ProgressOptions {
  /** What is being done: "Training". */
  readonly title?: string;
  /** How many steps there are; without it the bar shows count and rate only. */
  readonly total?: number;
  /** What a step is, in the plural; "steps" unless told. */
  readonly unit?: string;
  /** Where to draw outside of notebooks; standard error unless told, so that results on standard output stay clean. */
  readonly stream?: ProgressStream;
  /** Milliseconds since any fixed moment. */
  readonly clock?: () => number;
}

export interface Progress {
  /** Moves on by some steps. `note` stays at the bar's end: "loss 4.21". Costs next to nothing between two pictures. */
  step(count?: number, note?: string): void;
  /** Moves to a number of steps done. */
  set(done: number, note?: string): void;
  /** Draws the last picture: what was done, in which time. */
  finish(note?: string): void;
}

/** Milliseconds between two pictures. */
const redrawEvery = { terminal: 100, notebook: 300, headless: 5_000, file: 60_000 };
/** The rate is that of the last 30 seconds: training slows down and speeds up. */
const rateWindow = 30_000;
const barWidth = 24;

/**
 * Starts a progress bar:
 *
 *     const bar = progress({ title: "Training", total: steps });
 *     for (let i = 0; i < steps; i++) bar.step(1, `loss ${train().toFixed(3)}`);
 *     bar.finish();
 *
 * In a notebook `step` is also where an interrupt stops the work: it throws then.
 */
export function progress(options: ProgressOptions = {}): Progress {
  const { stream = process.stderr, clock = () => performance.now() } = options;
  const surface = inKernel() ? (isHeadless() ? "headless" : "notebook") : stream.isTTY ? "terminal" : "file";
  const meter = new Meter(options, clock);
  const draw = surface === "terminal" || surface === "file" ? onStream(stream) : inNotebook();
  // A bar is there at once; a file gets its first line after a minute.
  let due = surface === "file" ? clock() + redrawEvery.file : clock();
  let finished = false;

  function move(done: number, note: string | undefined): void {
    if (finished) throw new Error(`Progress of ${options.title ?? "the work"} has finished already.`);
    throwIfInterrupted();
    meter.move(done, note);
    const now = clock();
    if (now < due) return;
    due = now + redrawEvery[surface];
    draw(meter, false);
  }

  return {
    step: (count = 1, note) => move(meter.done + count, note),
    set: move,
    finish(note) {
      if (finished) return;
      finished = true;
      meter.move(meter.done, note);
      draw(meter, true);
    },
  };
}

/** Iterates over items with a progress bar around. */
export function* track<T>(items: readonly T[], options: ProgressOptions = {}): Generator<T, void> {
  const bar = progress({ total: items.length, ...options });
  for (const item of items) {
    yield item;
    bar.step();
  }
  bar.finish();
}

/** Throws where the notebook's user has asked to stop: for long loops that show no progress. */
export function throwIfInterrupted(): void {
  const kernel = globalThis as { [key: symbol]: unknown };
  const check = kernel[Symbol.for("reprise.checkInterrupt")];
  if (typeof check === "function") check();
}

/** Counts steps and knows their rate. */
class Meter {
  done = 0;
  note = "";
  readonly #started: number;
  readonly #history: { at: number; done: number }[] = [];

  constructor(
    readonly options: ProgressOptions,
    readonly clock: () => number,
  ) {
    this.#started = clock();
    this.#history.push({ at: this.#started, done: 0 });
  }

  move(done: number, note: string | undefined): void {
    this.done = done;
    if (note !== undefined) this.note = note;
    const now = this.clock();
    const last = this.#history[this.#history.length - 1];
    if (now - last.at >= rateWindow / 60) this.#history.push({ at: now, done });
    while (this.#history.length > 2 && now - this.#history[0].at > rateWindow) this.#history.shift();
  }

  /** From 0 to 1; undefined where the total isn't known. */
  get fraction(): number | undefined {
    const { total } = this.options;
    return total === undefined || total <= 0 ? undefined : Math.min(1, this.done / total);
  }

  get elapsed(): number {
    return this.clock() - this.#started;
  }

  /** Steps a second, lately or over all the time. */
  rate(overall: boolean): number {
    const from = overall ? { at: this.#started, done: 0 } : this.#history[0];
    return ((this.done - from.done) / Math.max(1, this.clock() - from.at)) * 1000;
  }

  /** "45% · 1,234 of 2,700 steps · 52.1 steps/s · 0:23 elapsed · 0:28 left · loss 4.21" */
  describe(finished: boolean): string {
    const { total, unit = "steps" } = this.options;
    const rate = this.rate(finished);
    const speed = rate > 0 ? formatRate(rate, unit) : "";
    if (finished) {
      return joined([`${count(this.done)} ${unit} in ${formatTime(this.elapsed)}`, speed, this.note]);
    }
    const { fraction } = this;
    const left = fraction !== undefined && rate > 0 ? (((total ?? 0) - this.done) / rate) * 1000 : undefined;
    return joined([
      fraction === undefined ? "" : `${Math.floor(fraction * 100)}%`,
      fraction === undefined
        ? `${count(this.done)} ${unit}`
        : `${count(this.done)} of ${count(total ?? 0)} ${unit}`,
      speed,
      `${formatTime(this.elapsed)} elapsed`,
      left === undefined ? "" : `${formatTime(Math.max(0, left))} left`,
      this.note,
    ]);
  }
}

type Draw = (meter: Meter, finished: boolean) => void;

/** Redraws one line on a terminal; writes whole lines elsewhere. */
function onStream(stream: ProgressStream): Draw {
  return (meter, finished) => {
    const line = titled(meter, meter.describe(finished));
    if (!stream.isTTY) {
      stream.write(`${line}\n`);
      return;
    }
    const filled = Math.round((meter.fraction ?? 0) * barWidth);
    const bar =
      finished || meter.fraction === undefined
        ? ""
        : `${"█".repeat(filled)}${"░".repeat(barWidth - filled)} `;
    const shown = `${bar}${line}`.slice(0, (stream.columns ?? 80) - 1);
    stream.write(`\r\u001b[2K${shown}${finished ? "\n" : ""}`);
  };
}

/** One output of the cell, replaced in place; and the words in `REPRISE_PROGRESS_FILE`, for who runs the notebook. */
function inNotebook(): Draw {
  const id = randomBytes(8).toString("hex");
  const file = process.env["REPRISE_PROGRESS_FILE"];
  let shown = false;
  return (meter, finished) => {
    const words = meter.describe(finished);
    const text = titled(meter, words);
    const { fraction } = meter;
    const value = finished ? 'value="1"' : fraction === undefined ? "" : `value="${fraction.toFixed(4)}"`;
    const bar = `<progress max="1" ${value} style="width: 16em; vertical-align: middle"></progress>`;
    const html = `<div>${escapeHtml(titled(meter, ""))}${bar} ${escapeHtml(words)}</div>`;
    display({ "text/html": html, "text/plain": text }, { id, update: shown });
    shown = true;
    if (file) writeProgressFile(file, text);
  };
}

function writeProgressFile(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch {
    // whoever asked for the file is gone: the work goes on
  }
}

function titled({ options }: Meter, text: string): string {
  return options.title === undefined ? text : `${options.title}: ${text}`;
}

function joined(parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join(" · ");
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}

/** Slow work in seconds a step: "12 s a step" says more than "0.083 steps/s". */
function formatRate(rate: number, unit: string): string {
  if (rate >= 1) return `${rate >= 100 ? count(Math.round(rate)) : rate.toPrecision(3)} ${unit}/s`;
  const seconds = 1 / rate;
  return `${seconds >= 100 ? Math.round(seconds) : seconds.toPrecision(3)} s each`;
}

/** Milliseconds as m:ss or h:mm:ss. */
function formatTime(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  const two = (value: number) => String(value).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${two(seconds % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`;
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => entities[character]);
}
