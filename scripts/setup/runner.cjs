// @ts-check
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { acquireLock } = require("./lock.cjs");
const { endOrphan, runLogged } = require("./processes.cjs");
const { formatBytes } = require("./progress.cjs");
const { SetupError } = require("./remedies.cjs");
const { StepRecord } = require("./stamps.cjs");

/**
 * One step of the set-up.
 * @typedef {object} Step
 * @property {string} name       names its stamp and its log
 * @property {string} title      what a person reads
 * @property {string} size       what it will take, in words
 * @property {number} bytes      the free disk space that it needs
 * @property {string} home       the folder that it makes; its stamp lies there
 * @property {() => string} fingerprint  a hash of all that its result depends on; cheap, no process is started
 * @property {() => boolean} isThere     whether its result is there; cheap
 * @property {() => boolean} [adopt]     whether a result made by hand is as good as ours
 * @property {() => SetupError[]} [missing]  what the machine lacks for this step
 * @property {() => void} [discard]      deletes what a killed attempt left
 * @property {(tools: StepTools) => Promise<string>} run  does it; answers in a few words what came of it
 * @property {boolean} [optional]        a failure is told loudly, and the set-up goes on
 */

/**
 * @typedef {object} StepTools
 * @property {(note: string) => void} update
 * @property {(command: string, args: readonly string[], options?: { env?: NodeJS.ProcessEnv, onLine?: (line: string) => unknown }) => Promise<import("./processes.cjs").Ended>} run
 * @property {string} logFile
 */

/**
 * @typedef {object} Surroundings
 * @property {string} root         the project's folder
 * @property {string} stateFolder  where locks, marks and logs lie
 * @property {import("./progress.cjs").Progress} progress
 * @property {() => number} [freeBytes]
 */

/**
 * How a step stands: finished with what it depends on now; finished with what it depended on once, or by hand; begun and killed; not there.
 * @param {Step} step
 * @param {string} stateFolder
 * @returns {"ready" | "stale" | "interrupted" | "absent"}
 */
function stateOf(step, stateFolder) {
  const record = new StepRecord(step.name, step.home, stateFolder);
  if (record.wasInterrupted()) return "interrupted";
  if (!step.isThere()) return "absent";
  return record.finishedWith() === step.fingerprint() ? "ready" : "stale";
}

/**
 * Brings every step up to date, in order. Steps that are finished cost a few hashes; the lock is only taken where one is not.
 * @param {readonly Step[]} steps
 * @param {Surroundings} surroundings
 * @returns {Promise<{ did: string[], failed: string[] }>} the names of the steps that ran, and of the optional ones that failed
 */
async function runSteps(steps, surroundings) {
  const { stateFolder, progress } = surroundings;
  /** @param {Step} step */
  const record = (step) => new StepRecord(step.name, step.home, stateFolder);
  /** @param {Step} step */
  const isFinished = (step) => stateOf(step, stateFolder) === "ready";
  if (steps.every(isFinished)) return { did: [], failed: [] };

  const release = await acquireLock(path.join(stateFolder, "lock"), {
    onWait: (holder) =>
      progress.say(
        `Another set-up is at work here (process ${holder.pid} on ${holder.host}); waiting for it.`,
      ),
  });
  const releaseOnExit = () => release();
  process.once("exit", releaseOnExit);
  try {
    await endOrphan(path.join(stateFolder, "child.json"));
    for (const step of steps) {
      if (!record(step).wasInterrupted()) continue;
      progress.say(`${step.title}: the last attempt was killed; what it left is removed.`);
      step.discard?.();
      record(step).clearMark();
    }
    /** @param {Step} step */
    const labelOf = (step) => `[${steps.indexOf(step) + 1}/${steps.length}] ${step.title}`;
    for (const step of steps) {
      if (isFinished(step) || !step.adopt?.()) continue;
      record(step).finish(step.fingerprint());
      progress.say(`${labelOf(step)}: found as it should be`);
    }
    // Everything that is missing is told at once, before the first download.
    const pending = steps.filter((step) => !isFinished(step));
    const missing = pending
      .flatMap((step) => step.missing?.() ?? [])
      .concat(lackOfSpace(pending, surroundings));
    if (missing.length > 0) throw new AggregateError(missing, "the set-up cannot start");
    const did = [];
    const failed = [];
    for (const step of steps) {
      if (isFinished(step)) continue;
      const label = labelOf(step);
      if (await runStep(step, label, record(step), surroundings)) did.push(step.name);
      else failed.push(step.name);
    }
    return { did, failed };
  } finally {
    process.removeListener("exit", releaseOnExit);
    release();
  }
}

/**
 * @param {Step} step
 * @param {string} label
 * @param {StepRecord} record
 * @param {Surroundings} surroundings
 * @returns {Promise<boolean>} false where an optional step failed
 */
async function runStep(step, label, record, { root, stateFolder, progress }) {
  const logFile = path.join(stateFolder, `${step.name}.log`);
  fs.rmSync(logFile, { force: true });
  progress.begin(`${label} (${step.size})`);
  const before = step.fingerprint();
  record.begin();
  try {
    const outcome = await step.run({
      logFile,
      update: (note) => progress.update(note),
      run: (command, args, options = {}) =>
        runLogged(command, args, {
          cwd: root,
          logFile,
          childFile: path.join(stateFolder, "child.json"),
          ...options,
        }),
    });
    // The print from before: where a source changed while the step was at work, the stamp must not vouch for the change.
    record.finish(before);
    progress.end(outcome);
    return true;
  } catch (error) {
    progress.end("FAILED");
    // What failed in order is left clean by npm and pip; after a full disk, or a killed child, nothing is sure.
    if (error instanceof SetupError && !error.dirty) record.clearMark();
    if (!step.optional || !(error instanceof SetupError)) throw error;
    warnLoudly(step, error, progress);
    return false;
  }
}

/**
 * @param {Step} step
 * @param {SetupError} error
 * @param {import("./progress.cjs").Progress} progress
 */
function warnLoudly(step, error, progress) {
  const rule = "!".repeat(100);
  progress.say(
    [rule, `${step.title}: ${error.message}`, ...error.remedies.map((line) => `  → ${line}`), rule].join(
      "\n",
    ),
  );
}

/**
 * @param {readonly Step[]} pending
 * @param {Surroundings} surroundings
 * @returns {SetupError[]}
 */
function lackOfSpace(pending, { root, freeBytes = () => freeSpace(root) }) {
  const needed = pending.reduce((sum, step) => sum + step.bytes, 0);
  const free = freeBytes();
  if (free >= needed) return [];
  const what = pending.map((step) => step.title).join(", ");
  return [
    new SetupError(
      `the disk has ${formatBytes(free)} free, and ${formatBytes(needed)} are needed (${what})`,
      [
        "free the space, or move the project to a larger disk (`df -h .` shows what is left)",
        "package caches can go without harm: npm cache clean --force; python3 -m pip cache purge",
      ],
    ),
  ];
}

/** @param {string} folder */
function freeSpace(folder) {
  const { bavail, bsize } = fs.statfsSync(folder);
  return bavail * bsize;
}

module.exports = { runSteps, stateOf, freeSpace };
