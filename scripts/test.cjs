// @ts-check
// `npm test` after the set-up: lint, types, tests. Everything runs, so that one look shows all that is wrong;
// the last line counts the tests, with lint and types as one each.
"use strict";

const { spawn, spawnSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");

const ROOT = path.resolve(__dirname, "..");
const REPORT = path.join(ROOT, ".setup", "tests.json");

/** What the compiler writes goes through us, and it asks whether it writes to a terminal. */
const COLOURS = process.stdout.isTTY ? ["--pretty"] : [];

/** @type {[string, string[]][]} */
const CHECKS = [
  ["Lint", ["node_modules/@biomejs/biome/bin/biome", "check", "--error-on-warnings", "."]],
  ["Layers", ["scripts/lint-layers.cjs"]],
  ["Types", ["node_modules/typescript/bin/tsc", "-p", ".", ...COLOURS]],
  [
    "Types under the notebook kernel's TypeScript",
    ["node_modules/typescript-5.0/bin/tsc", "-p", "tsconfig.kernel.json", ...COLOURS],
  ],
];

/**
 * What vitest's JSON report counts. A file that could not be loaded holds no test, and counts as a failure.
 * @param {{ numPassedTests: number, numFailedTests: number, testResults?: { status: string, assertionResults: unknown[] }[] }} report
 */
function countTests({ numPassedTests, numFailedTests, testResults = [] }) {
  const unloaded = testResults.filter(
    (file) => file.status === "failed" && file.assertionResults.length === 0,
  ).length;
  return { passed: numPassedTests, failed: numFailedTests + unloaded };
}

/** @param {readonly string[]} args */
function node(args) {
  return (
    spawnSync(process.execPath, args, { cwd: ROOT, stdio: ["ignore", "inherit", "inherit"] }).status === 0
  );
}

/**
 * Runs programs of Node at the same time: each uses one core. What they write comes in the order of the list, each under its name.
 * @param {readonly [string, readonly string[]][]} programs names and arguments
 * @param {(text: string | Buffer) => void} write
 * @returns {Promise<boolean[]>} which of them ended well
 */
async function runTogether(programs, write) {
  const running = programs.map(([name, args]) => {
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
    /** @type {Buffer[]} */
    const said = [];
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (part) => said.push(part));
    /** @type {Promise<boolean>} */
    const ended = new Promise((resolve) => child.once("close", (code) => resolve(code === 0)));
    return { name, said, ended };
  });
  const fine = [];
  for (const { name, said, ended } of running) {
    write(`\n── ${name}\n`);
    fine.push(await ended);
    for (const part of said) write(part);
  }
  return fine;
}

async function main() {
  const checks = await runTogether(CHECKS, (text) => process.stdout.write(text));
  let passed = checks.filter(Boolean).length;
  let failed = checks.length - passed;
  console.log("\n── Tests");
  fs.rmSync(REPORT, { force: true });
  const isFine = node([
    "node_modules/vitest/vitest.mjs",
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${REPORT}`,
    ...process.argv.slice(2),
  ]);
  const counted = fs.existsSync(REPORT)
    ? countTests(JSON.parse(fs.readFileSync(REPORT, "utf8")))
    : { passed: 0, failed: 1 };
  passed += counted.passed;
  failed += counted.failed;
  // Vitest fails on more than tests, for one on an error after the last of them.
  if (!isFine && counted.failed === 0) failed++;
  process.exitCode = failed === 0 ? 0 : 1;
  console.log(`\n${passed} passed, ${failed} failed`);
}

module.exports = { countTests, runTogether };

if (require.main === module) void main();
