// @ts-check
// Keeps the order of layers and the length of files: `node scripts/lint-layers.cjs`.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const ts = require("typescript");

/** From the top down. A layer imports itself's row and the rows below it. */
const LAYERS = [
  ["lib/cli", "lib/notebook"],
  ["lib/papers"],
  [
    "lib/recsys",
    "lib/text",
    "lib/llm",
    "lib/rl",
    "lib/agents",
    "lib/math",
    "lib/scene",
    "lib/experiment",
    "lib/figures",
  ],
  ["lib/nn", "lib/optim", "lib/data"],
  ["lib/tensor"],
  ["kernels"],
];
const LONGEST = 500;
const SOURCE = /\.(ts|mts|cts|cjs|mjs|js|cc|h|py)$/;
const SKIPPED = /(^|\/)(node_modules|build[^/]*|__pycache__|\.[^/]*)$/;
/** Files of a paper that hold its algorithm: they know nothing of how it is measured. */
const ALGORITHM = /^lib\/papers\/[^/]+\/(model|losses|train)\.ts$/;

/** @typedef {{ file: string, line: number, rule: string }} Offence */

/**
 * @param {string} file relative to the root, with slashes
 * @returns {number} the row in LAYERS, or -1 for what is in none
 */
function layerOf(file) {
  return LAYERS.findIndex((row) => row.some((layer) => file === layer || file.startsWith(`${layer}/`)));
}

/**
 * The rule that an import breaks, if any.
 * @param {string} from      the importing file, relative to the root
 * @param {string} target    what it imports, relative to the root
 */
function brokenRule(from, target) {
  const row = layerOf(from);
  // What tests a kernel tests it through the library that stands on it.
  if (row < 0 || /^kernels\/.*(\.test|-specs)\./.test(from)) return undefined;
  if (target.startsWith("notebooks/") || target === "notebooks" || target.endsWith(".ipynb"))
    return "the library imports no notebook; what it shares with one belongs to lib/";
  if (/^(scripts|bench)(\/|$)/.test(target))
    return `${target.split("/")[0]}/ may import the library, not the other way`;
  const targetRow = layerOf(target);
  if (targetRow < 0)
    return target.startsWith("lib/") ? `${target} is in no layer: add it to LAYERS` : undefined;
  if (targetRow < row)
    return `${LAYERS[row].join(", ")} may not import ${LAYERS[targetRow].join(", ")}: imports point down the layers`;
  const paper = (/** @type {string} */ name) => /^lib\/papers\/([^/]+)/.exec(name)?.[1];
  if (paper(from) && paper(target) && paper(from) !== paper(target))
    return "a paper imports no other paper: what two papers need moves to a field";
  if (ALGORITHM.test(from) && /\/(experiment|claims)$/.test(target.replace(/\.ts$/, "")))
    return "the algorithm never imports its experiment or its claims";
  return undefined;
}

/**
 * The offences of one source text.
 * @param {string} file relative to the root
 * @param {string} text
 * @returns {Offence[]}
 */
function checkSource(file, text) {
  const lines = text.split("\n");
  const length = lines.length - (lines.at(-1) === "" ? 1 : 0);
  /** @type {Offence[]} */
  const offences = [];
  if (length > LONGEST)
    offences.push({
      file,
      line: LONGEST + 1,
      rule: `${length} lines; no file is longer than ${LONGEST}: one idea a file`,
    });
  if (!/\.[cm]?[jt]s$/.test(file)) return offences;
  for (const { fileName, pos } of ts.preProcessFile(text, true, true).importedFiles) {
    if (!fileName.startsWith(".")) continue;
    const target = path.posix.normalize(path.posix.join(path.posix.dirname(file), fileName));
    const rule = brokenRule(file, target);
    if (rule)
      offences.push({
        file,
        line: text.slice(0, pos).split("\n").length,
        rule: `imports ${fileName}: ${rule}`,
      });
  }
  return offences;
}

/**
 * @param {string} root
 * @param {string} folder relative to the root
 * @returns {string[]} the source files below it, relative to the root
 */
function sourcesBelow(root, folder) {
  const absolute = path.join(root, folder);
  if (!fs.existsSync(absolute)) return [];
  return fs.readdirSync(absolute, { withFileTypes: true }).flatMap((entry) => {
    const name = `${folder}/${entry.name}`;
    if (SKIPPED.test(name)) return [];
    if (entry.isDirectory()) return sourcesBelow(root, name);
    return SOURCE.test(name) ? [name] : [];
  });
}

/** @param {string} root */
function checkProject(root) {
  const files = ["lib", "kernels", "bench", "scripts"].flatMap((folder) => sourcesBelow(root, folder));
  const offences = files.flatMap((file) => checkSource(file, fs.readFileSync(path.join(root, file), "utf8")));
  return { files, offences };
}

module.exports = { checkSource, checkProject, layerOf };

if (require.main === module) {
  const { files, offences } = checkProject(path.resolve(__dirname, ".."));
  for (const { file, line, rule } of offences) console.error(`${file}:${line}: ${rule}`);
  if (offences.length > 0) process.exitCode = 1;
  else console.log(`Layers and lengths: ${files.length} files are in order.`);
}
