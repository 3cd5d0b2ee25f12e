const { createHash } = require("node:crypto");
const Module = require("node:module");
const path = require("node:path");

/** The files of tslab 1.0.22 that are mended, by the SHA-256 of what the edits were written for. */
const expected = {
  "converter.js": "2c671708872c2ad7c36db9f703e5917571e73a62c4cf67f5abad0bd02c56b832",
  "jupyter.js": "186ae73149b280330d965b087933efa9eea51187f319f4163b44ae06327aef5f",
};

const mends = ["compiler", "shorthand", "diagnostics", "unchanged", "fresh", "timers", "sockets"];

/** Replaces the one occurrence of `from`; more or fewer mean that the edit doesn't fit this text. */
function replaceOnce(text, { from, to }, file) {
  const parts = text.split(from);
  if (parts.length !== 2) {
    throw new Error(
      `Cannot mend tslab's ${file}: expected once, found ${parts.length - 1} times: ${from.trim()}`,
    );
  }
  return parts.join(to);
}

/**
 * The mended text of one of tslab's files.
 * @throws when the file is not the one that the edits were written for.
 */
function mend(file, text) {
  const hash = createHash("sha256").update(text).digest("hex");
  if (hash !== expected[file]) {
    throw new Error(
      `tslab's ${file} has changed (SHA-256 ${hash.slice(0, 12)}…, expected ${expected[file].slice(0, 12)}… of version 1.0.22). ` +
        "Run `npm ci` to restore it; for a newer tslab, adapt kernels/jupyter/mends.",
    );
  }
  return mends
    .map((name) => require(`./${name}.cjs`))
    .filter((m) => m.file === file)
    .flatMap((m) => m.edits)
    .reduce((mended, edit) => replaceOnce(mended, edit, file), text);
}

/** Mends tslab's files as Node loads them. `dist` is the folder they lie in. */
function install(dist) {
  const compile = Module.prototype._compile;
  Module.prototype._compile = function (text, filename, ...rest) {
    const file = path.dirname(filename) === dist ? path.basename(filename) : "";
    return compile.call(this, file in expected ? mend(file, text) : text, filename, ...rest);
  };
}

module.exports = { install, mend, expected };
