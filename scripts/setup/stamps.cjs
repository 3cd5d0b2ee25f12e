// @ts-check
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { isMissing } = require("./fingerprint.cjs");

/**
 * Writes a small file so that a reader, or a kill, sees the old content or the new one, never a part.
 * @param {string} file
 * @param {string} content
 */
function writeAtomically(file, content) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  const handle = fs.openSync(temporary, "w");
  try {
    fs.writeSync(handle, content);
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
  fs.renameSync(temporary, file);
}

/** @param {string} file */
function readText(file) {
  try {
    return fs.readFileSync(file, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/**
 * What is known of one step: its stamp, the fingerprint it was last finished with, and its mark, there while it is at work.
 * The stamp lies in the folder that the step makes, so that who deletes the folder deletes the stamp; the mark lies outside.
 * A mark without a living set-up means that the step was killed: what it made is not to be trusted.
 */
class StepRecord {
  /**
   * @param {string} name
   * @param {string} stampFolder
   * @param {string} stateFolder
   */
  constructor(name, stampFolder, stateFolder) {
    this.stampFile = path.join(stampFolder, `.reprise-${name}`);
    this.markFile = path.join(stateFolder, `${name}.begun`);
  }

  /** @returns {string | undefined} the fingerprint it was last finished with */
  finishedWith() {
    return this.wasInterrupted() ? undefined : readText(this.stampFile);
  }

  wasInterrupted() {
    return fs.existsSync(this.markFile);
  }

  begin() {
    writeAtomically(this.markFile, new Date().toISOString());
    fs.rmSync(this.stampFile, { force: true });
  }

  /** @param {string} fingerprint */
  finish(fingerprint) {
    writeAtomically(this.stampFile, fingerprint);
    this.clearMark();
  }

  clearMark() {
    fs.rmSync(this.markFile, { force: true });
  }
}

module.exports = { StepRecord, writeAtomically, readText };
