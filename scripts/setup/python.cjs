// @ts-check
"use strict";

const { ask } = require("./processes.cjs");
const { SetupError, installCommand, packageManager } = require("./remedies.cjs");
const { PYTHON_BELOW, PYTHON_MINIMUM, compareVersions, pythonIsSupported } = require("./versions.cjs");
const { which } = require("./which.cjs");

const COMMANDS = ["python3", "python3.13", "python3.12", "python3.11", "python3.10", "python"];

/** @typedef {{ command: string, version: string, hasVenv: boolean }} Python */

/**
 * The Pythons on PATH, or the one that REPRISE_PYTHON names.
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Python[]}
 */
function findPythons(env = process.env) {
  const names = env.REPRISE_PYTHON ? [env.REPRISE_PYTHON] : COMMANDS;
  /** @type {Python[]} */
  const found = [];
  for (const name of names) {
    const command = which(name, env.PATH);
    // A command that is there but does not answer (a launcher without its Python) is as good as none.
    const version = command && ask(command, ["--version"])?.replace(/^Python\s+/, "");
    if (!command || !version) continue;
    const hasVenv =
      pythonIsSupported(version) && ask(command, ["-c", "import venv, ensurepip"]) !== undefined;
    found.push({ command, version, hasVenv });
    if (hasVenv) break;
  }
  return found;
}

/**
 * The Python to make the environment with, or what is wrong with those that were found.
 * @param {readonly Python[]} pythons
 * @param {{ named?: string, manager?: import("./remedies.cjs").PackageManager, isRoot?: boolean }} [options]
 * @returns {{ python: Python } | { problem: SetupError }}
 */
function choosePython(pythons, { named, manager = packageManager(), isRoot } = {}) {
  const usable = pythons.find((python) => python.hasVenv);
  if (usable) return { python: usable };
  const install = installCommand("python", manager, isRoot);
  const range = `Python ${PYTHON_MINIMUM} or newer, below ${PYTHON_BELOW},`;
  const supported = pythons.find((python) => pythonIsSupported(python.version));
  if (supported) {
    const [major, minor] = supported.version.split(".");
    const command = installCommand("venv", manager, isRoot).replace(
      "python3-venv",
      `python${major}.${minor}-venv`,
    );
    return {
      problem: new SetupError(
        `Python ${supported.version} (${supported.command}) lacks its venv module, or ensurepip, which venv needs`,
        [command],
      ),
    };
  }
  if (pythons.length === 0) {
    const where = named
      ? `REPRISE_PYTHON names ${named}, which does not run`
      : `looked for ${COMMANDS.join(", ")} on PATH`;
    return { problem: new SetupError(`Python was not found (${where}); ${range} is needed`, [install]) };
  }
  const [first] = pythons;
  const age = compareVersions(first.version, PYTHON_MINIMUM) < 0 ? "old" : "new";
  const reason = age === "new" ? ": the TensorFlow wheel is not made for it" : "";
  return {
    problem: new SetupError(
      `Python ${first.version} (${first.command}) is too ${age}${reason}; ${range} is needed`,
      [
        age === "old" || manager !== "apt"
          ? install
          : "uv python install 3.13   (https://docs.astral.sh/uv), or your system's python3.13",
        "one that is not on PATH: REPRISE_PYTHON=/path/to/python3.12 npm run setup",
      ],
    ),
  };
}

module.exports = { findPythons, choosePython };
