// @ts-check
"use strict";

const path = require("node:path");
const { planSteps } = require("./plan.cjs");
const { Progress, formatSeconds } = require("./progress.cjs");
const { SetupError } = require("./remedies.cjs");
const { runSteps, stateOf } = require("./runner.cjs");

const ROOT = path.resolve(__dirname, "../..");

const STATE_FOLDER = path.join(ROOT, ".setup");

/** `--check` only tells how things stand, as JSON. Otherwise sets the project up, and ends with 1 where that was not possible. */
async function main() {
  if (process.argv.includes("--check")) return check();
  const progress = new Progress();
  const started = Date.now();
  try {
    if (process.platform === "win32")
      throw new SetupError("Reprise runs on Linux and macOS", [
        "on Windows, use it inside WSL 2: wsl --install",
      ]);
    const steps = planSteps(ROOT);
    const { did, failed } = await runSteps(steps, {
      root: ROOT,
      stateFolder: path.join(ROOT, ".setup"),
      progress,
    });
    const done = did.length > 0 ? `${did.length} of ${steps.length} steps done` : "all in place";
    const but = failed.length > 0 ? `; NOT done: ${failed.join(", ")} (see above)` : "";
    progress.say(`Set-up: ${done}${but} (${formatSeconds(Date.now() - started)})`);
  } catch (error) {
    process.stderr.write(explain(error));
    process.exitCode = 1;
  }
}

function check() {
  const steps = planSteps(ROOT).map((step) => ({
    name: step.name,
    title: step.title,
    optional: step.optional === true,
    state: stateOf(step, STATE_FOLDER),
  }));
  process.stdout.write(`${JSON.stringify(steps)}\n`);
}

/**
 * @param {unknown} error
 * @returns {string}
 */
function explain(error) {
  if (error instanceof AggregateError) return error.errors.map(explain).join("");
  if (!(error instanceof SetupError)) throw error;
  return [`\n✗ ${error.message}\n`, "  To mend it:\n", ...error.remedies.map((line) => `    ${line}\n`)].join(
    "",
  );
}

module.exports = { main, explain };
