// @ts-check
"use strict";

/** How often a step that says nothing is reported alive where output is a file. */
const QUIET_MS = 60_000;

/**
 * Tells what the set-up does: on a terminal one line a step, updated in place; in a file one line at its start and one at its end,
 * and one a minute between.
 */
class Progress {
  /**
   * @param {{ write(text: string): unknown, isTTY?: boolean, columns?: number }} [stream]
   * @param {() => number} [now] milliseconds
   */
  constructor(stream = process.stdout, now = Date.now) {
    this.stream = stream;
    this.now = now;
    this.title = "";
    this.note = "";
    this.started = 0;
    this.lastDrawn = 0;
    /** @type {NodeJS.Timeout | undefined} */
    this.timer = undefined;
  }

  /** @param {string} text */
  say(text) {
    this.stream.write(`${text}\n`);
  }

  /** @param {string} title */
  begin(title) {
    this.title = title;
    this.note = "";
    this.started = this.now();
    this.lastDrawn = this.started;
    if (!this.stream.isTTY) this.say(`${title} …`);
    this.timer = setInterval(() => this.tick(), 250);
    this.timer.unref();
    this.tick();
  }

  /** @param {string} note what the step is doing just now */
  update(note) {
    this.note = note;
  }

  tick() {
    const now = this.now();
    if (this.stream.isTTY) {
      const line = `${this.title}  ${formatSeconds(now - this.started)}  ${this.note}`;
      this.stream.write(`\r\x1b[2K${line.slice(0, (this.stream.columns || 80) - 1)}`);
    } else if (now - this.lastDrawn >= QUIET_MS) {
      this.say(`  ${formatSeconds(now - this.started)}  ${this.note || "still at work"}`);
      this.lastDrawn = now;
    }
  }

  /** @param {string} outcome */
  end(outcome) {
    clearInterval(this.timer);
    if (this.stream.isTTY) this.stream.write("\r\x1b[2K");
    this.say(`${this.title}: ${outcome} (${formatSeconds(this.now() - this.started)})`);
  }
}

/** @param {number} milliseconds */
function formatSeconds(milliseconds) {
  const seconds = milliseconds / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 100) return `${Math.round(seconds)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/** @param {number} bytes */
function formatBytes(bytes) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

module.exports = { Progress, formatSeconds, formatBytes };
