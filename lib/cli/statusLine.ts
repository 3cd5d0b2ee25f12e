/** How often a line is written where nobody watches. */
const QUIET_MS = 60_000;
const REDRAW_MS = 200;

export interface StatusStream {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

/** One line that says how things stand: redrawn in place on a terminal, written once a minute to a file. */
export interface StatusLine {
  /** What is going on now. */
  set(text: string): void;
  /** A line that stays, above the status. */
  print(line: string): void;
  /** Clears the status and stops. */
  stop(): void;
}

/**
 * @param stream where to write; default standard output
 * @param now    the clock, in milliseconds
 */
export function statusLine(stream: StatusStream = process.stdout, now: () => number = Date.now): StatusLine {
  let text = "";
  let written = now();
  const elapsed = stopwatch(now);
  const clear = () => {
    if (stream.isTTY) stream.write("\r\x1b[2K");
  };
  const draw = () => {
    if (stream.isTTY) {
      clear();
      stream.write(`${elapsed()}  ${text}`.slice(0, (stream.columns || 80) - 1));
    } else if (now() - written >= QUIET_MS) {
      stream.write(`${elapsed()}  ${text}\n`);
      written = now();
    }
  };
  const timer = setInterval(draw, REDRAW_MS);
  timer.unref();
  return {
    set(next) {
      text = next;
    },
    print(line) {
      clear();
      stream.write(`${line}\n`);
    },
    stop() {
      clearInterval(timer);
      clear();
    },
  };
}

/** A function that tells the time since now as `m:ss` or `h:mm:ss`. */
export function stopwatch(now: () => number = Date.now): () => string {
  const started = now();
  return () => formatDuration(now() - started);
}

/** Milliseconds as `m:ss` or `h:mm:ss`. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
