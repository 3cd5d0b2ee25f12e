// @ts-check
"use strict";

const fs = require("node:fs");
const nodePath = require("node:path");

/**
 * The full path of a command, or undefined where PATH has none. A name with a slash is looked at as it is.
 * @param {string} command
 * @param {string} [path] a PATH to search
 */
function which(command, path = process.env.PATH) {
  const candidates = command.includes("/")
    ? [command]
    : (path ?? "").split(nodePath.delimiter).map((folder) => nodePath.join(folder || ".", command));
  return candidates.find((candidate) => {
    try {
      fs.accessSync(candidate, fs.constants.X_OK);
      return fs.statSync(candidate).isFile();
    } catch {
      return false;
    }
  });
}

module.exports = { which };
