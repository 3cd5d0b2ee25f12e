// @ts-check
"use strict";

const { spawn, spawnSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const { isAlive } = require("./lock.cjs");
const { readText, writeAtomically } = require("./stamps.cjs");

/** @typedef {{ code: number | null, signal: NodeJS.Signals | null, output: string }} Ended */

const KEPT_LINES = 200;

/**
 * Runs a program to its end; its output goes to a log file and, line by line, to `onLine`, which answers `false` to end it early.
 * It gets a process group of its own, noted in `childFile`: where the set-up is killed, the next one finds and ends the orphan.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv, logFile: string, childFile: string, onLine?: (line: string) => unknown }} options
 * @returns {Promise<Ended>} the exit and the last lines of what it said
 */
function runLogged(command, args, { cwd, env = process.env, logFile, childFile, onLine }) {
  fs.mkdirSync(path.dirname(logFile), { recursive: true });
  const log = fs.openSync(logFile, "a");
  fs.writeSync(log, `$ ${[command, ...args].join(" ")}\n`);
  /** @type {string[]} */
  const kept = [];
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    if (child.pid)
      writeAtomically(childFile, JSON.stringify({ pid: child.pid, started: startTime(child.pid) }));
    const stop = endChildOnSignals(child.pid);
    /** @param {string} line */
    const take = (line) => {
      fs.writeSync(log, `${line}\n`);
      if (!line.trim()) return;
      kept.push(line);
      if (kept.length > KEPT_LINES) kept.shift();
      if (onLine?.(line.trim()) === false && child.pid) endGroup(child.pid, "SIGKILL");
    };
    const flushes = [child.stdout, child.stderr].map((stream) => splitLines(stream, take));
    let isClosed = false;
    /** @param {() => void} settle */
    const close = (settle) => {
      // A program that does not start ends twice: with an error, and closed.
      if (isClosed) return;
      isClosed = true;
      stop();
      for (const flush of flushes) flush();
      fs.closeSync(log);
      fs.rmSync(childFile, { force: true });
      settle();
    };
    child.on("error", (error) => close(() => reject(error)));
    child.on("close", (code, signal) => close(() => resolve({ code, signal, output: kept.join("\n") })));
  });
}

/**
 * @param {import("node:stream").Readable} stream
 * @param {(line: string) => void} take
 * @returns {() => void} hands over a last line without an end
 */
function splitLines(stream, take) {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (/** @type {string} */ text) => {
    const lines = (rest + text).split(/\r\n|\n|\r/);
    rest = lines.pop() ?? "";
    for (const line of lines) take(line);
  });
  return () => {
    if (rest) take(rest);
    rest = "";
  };
}

/**
 * Ctrl-C does not reach a process group of its own: hand it on, then end as the signal says.
 * @param {number | undefined} pid
 */
function endChildOnSignals(pid) {
  /** @type {[NodeJS.Signals, number][]} */
  const signals = [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ];
  const handlers = signals.map(([signal, code]) => {
    const handler = () => {
      if (pid) endGroup(pid, "SIGKILL");
      process.stderr.write("\nStopped. Finished steps are kept; the next run goes on from here.\n");
      process.exit(code);
    };
    process.once(signal, handler);
    return /** @type {const} */ ([signal, handler]);
  });
  return () => {
    for (const [signal, handler] of handlers) process.removeListener(signal, handler);
  };
}

/**
 * @param {number} pid the group's leader
 * @param {NodeJS.Signals} signal
 */
function endGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended by itself.
  }
}

/**
 * Ends what a killed set-up left running. The process is ours only if it started when the note says: numbers are used again.
 * @param {string} childFile
 */
async function endOrphan(childFile) {
  const text = readText(childFile);
  if (text === undefined) return;
  const { pid, started } = JSON.parse(text);
  if (started !== undefined && startTime(pid) === started) {
    endGroup(pid, "SIGKILL");
    for (let i = 0; i < 100 && isAlive(pid); i++) await new Promise((resolve) => setTimeout(resolve, 50));
  }
  fs.rmSync(childFile, { force: true });
}

/**
 * When a process started, in whatever form the system tells it.
 * @param {number} pid
 * @returns {string | undefined}
 */
function startTime(pid) {
  if (process.platform === "linux") {
    // The second field, the command in parentheses, may hold spaces; the start time is the 20th after it.
    return readText(`/proc/${pid}/stat`)?.split(") ").pop()?.split(" ")[19];
  }
  const told = spawnSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" });
  return told.status === 0 ? told.stdout.trim() : undefined;
}

/**
 * What a program answers, or undefined where it cannot be run or fails.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ input?: string, timeoutMs?: number }} [options]
 */
function ask(command, args, { input = "", timeoutMs = 20_000 } = {}) {
  const told = spawnSync(command, args, { encoding: "utf8", input, timeout: timeoutMs });
  return told.status === 0 ? `${told.stdout}${told.stderr}`.trim() : undefined;
}

module.exports = { runLogged, endOrphan, startTime, ask };
