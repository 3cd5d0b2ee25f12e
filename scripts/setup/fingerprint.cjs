// @ts-check
"use strict";

const crypto = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");

/**
 * SHA-256 over named texts; each with its length, so that no two lists read alike.
 * @param {Record<string, string | undefined>} parts
 */
function hashParts(parts) {
  const hash = crypto.createHash("sha256");
  for (const [name, value] of Object.entries(parts).sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${name.length}:${name}=`);
    hash.update(value === undefined ? "none;" : `${value.length}:${value};`);
  }
  return hash.digest("hex");
}

/**
 * SHA-256 of a file's content; undefined where there is no such file.
 * @param {string} file
 */
function hashFile(file) {
  try {
    return crypto.createHash("sha256").update(fs.readFileSync(file)).digest("hex");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/**
 * SHA-256 of a folder: names and contents of the files below it that `keep` takes, whatever order the disk lists them in.
 * @param {string} folder
 * @param {(relative: string) => boolean} [keep] asked for files and folders; a refused folder is not entered
 */
function hashTree(folder, keep = () => true) {
  /** @type {Record<string, string | undefined>} */
  const parts = {};
  /** @param {string} relative */
  const visit = (relative) => {
    for (const entry of listFolder(path.join(folder, relative))) {
      const name = relative ? `${relative}/${entry.name}` : entry.name;
      if (!keep(name)) continue;
      if (entry.isDirectory()) visit(name);
      else if (entry.isFile()) parts[name] = hashFile(path.join(folder, name));
    }
  };
  visit("");
  return hashParts(parts);
}

/** @param {string} folder */
function listFolder(folder) {
  try {
    return fs.readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** @param {unknown} error */
function isMissing(error) {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ENOENT" || code === "ENOTDIR";
}

module.exports = { hashParts, hashFile, hashTree, isMissing };
