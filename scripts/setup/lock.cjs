// @ts-check
"use strict";

const crypto = require("node:crypto");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { readText } = require("./stamps.cjs");

/** A holder that has not touched its lock for this long is gone, whatever its process number says (it may be another's by now). */
const HEARTBEAT_MS = 2_000;
const STALE_MS = 60_000;

/** @typedef {{ token: string, pid: number, host: string }} Holder */

/**
 * Takes a lock file, waiting while another living process holds it; a dead holder's lock is taken over.
 * @param {string} file
 * @param {{ onWait?: (holder: Holder) => void, pollMs?: number, staleMs?: number }} [options]
 * @returns {Promise<() => void>} the release
 */
async function acquireLock(file, { onWait, pollMs = 500, staleMs = STALE_MS } = {}) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const mine = { token: crypto.randomUUID(), pid: process.pid, host: os.hostname() };
  let told = false;
  while (!create(file, mine)) {
    const holder = readHolder(file);
    if (holder === "gone") continue;
    if (isStale(file, holder, staleMs)) {
      takeAway(file, holder);
      continue;
    }
    if (!told && holder) onWait?.(holder);
    told = true;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  const heartbeat = setInterval(() => touch(file, mine), HEARTBEAT_MS);
  heartbeat.unref();
  return () => {
    clearInterval(heartbeat);
    const holder = readHolder(file);
    if (holder !== "gone" && holder?.token === mine.token) fs.rmSync(file, { force: true });
  };
}

/**
 * The lock appears with its content in one step (a hard link), so that nobody reads a half-written one.
 * @param {string} file
 * @param {Holder} holder
 */
function create(file, holder) {
  const draft = `${file}.${holder.token}`;
  fs.writeFileSync(draft, JSON.stringify(holder));
  try {
    fs.linkSync(draft, file);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  } finally {
    fs.rmSync(draft, { force: true });
  }
}

/**
 * @param {string} file
 * @returns {Holder | undefined | "gone"} undefined where the file's content is not a lock's
 */
function readHolder(file) {
  const text = readText(file);
  if (text === undefined) return "gone";
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * @param {string} file
 * @param {Holder | undefined} holder
 * @param {number} staleMs
 */
function isStale(file, holder, staleMs) {
  const age = Date.now() - (fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
  if (age > staleMs) return true;
  return holder !== undefined && holder.host === os.hostname() && !isAlive(holder.pid);
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/**
 * Removes a stale lock. Between looking and removing, another waiter may have taken it over: then what we hold is a living
 * lock, and goes back.
 * @param {string} file
 * @param {Holder | undefined} stale
 */
function takeAway(file, stale) {
  const aside = `${file}.stale-${crypto.randomUUID()}`;
  try {
    fs.renameSync(file, aside);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return;
    throw error;
  }
  const taken = readHolder(aside);
  if (taken !== "gone" && taken?.token !== stale?.token) {
    try {
      fs.linkSync(aside, file);
    } catch {
      // A third waiter was quicker; the lock's owner sees at its next heartbeat that it has lost it.
    }
  }
  fs.rmSync(aside, { force: true });
}

/**
 * @param {string} file
 * @param {Holder} mine
 */
function touch(file, mine) {
  const holder = readHolder(file);
  if (holder === "gone") return;
  if (holder?.token !== mine.token) {
    process.stderr.write(
      "The set-up was asleep for over a minute and another one has taken over; this one stops. Run it again.\n",
    );
    process.exit(1);
  }
  const now = new Date();
  fs.utimesSync(file, now, now);
}

module.exports = { acquireLock, isAlive };
