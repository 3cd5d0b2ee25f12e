// @ts-check
// `npm test` after the set-up: lint, types, tests. Everything runs, so that one look shows all that is wrong;
// the last line counts the tests, with lint and types as one each.
"use strict";

const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");

const ROOT = path.resolve(__dirname, "..");
const REPORT = path.join(ROOT, ".setup", "tests.json");

/** @type {[string, string[]][]} */
const CHECKS = [
  ["Lint", ["node_modules/@biomejs/biome/bin/biome", "check", "--error-on-warnings", "."]],
  ["Layers", ["scripts/lint-layers.cjs"]],
  ["Types", ["node_modules/typescript/bin/tsc", "-p", "."]],
  [
    "Types under the notebook kernel's TypeScript",
    ["node_modules/typescript-5.0/bin/tsc", "-p", "tsconfig.kernel.json"],
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

function main() {
  let passed = 0;
  let failed = 0;
  for (const [name, args] of CHECKS) {
    console.log(`\n── ${name}`);
    if (node(args)) passed++;
    else failed++;
  }
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

module.exports = { countTests };

if (require.main === module) main();
