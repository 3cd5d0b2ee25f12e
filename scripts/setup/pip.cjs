// @ts-check
"use strict";

const { SetupError, diagnose } = require("./remedies.cjs");

/** How a machine reaches the package index is its own affair; everything else in somebody's pip settings would change what is installed. */
const NETWORK =
  /^(index-url|extra-index-url|no-index|find-links|cert|client-cert|proxy|trusted-host|timeout|default-timeout|retries|cache-dir|no-cache-dir|keyring-provider)$/;

/**
 * pip's command line for a pinned list: the files with these hashes and no others, wheels only, nothing beyond the list.
 * @param {string} file
 */
function pipArguments(file) {
  return [
    "-m",
    "pip",
    "install",
    "--no-user",
    "--no-input",
    "--disable-pip-version-check",
    "--progress-bar=off",
    "--require-hashes",
    "--only-binary=:all:",
    "--no-deps",
    "--requirement",
    file,
  ];
}

/**
 * The environment for pip: of PIP_* variables and of pip's settings files, only what concerns the network.
 * @param {string} [settings] what `pip config list` prints: lines of `section.key='value'`
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {NodeJS.ProcessEnv}
 */
function pipEnvironment(settings = "", env = process.env) {
  /** @type {NodeJS.ProcessEnv} */
  const result = {};
  for (const [name, value] of Object.entries(env)) {
    const key = /^PIP_(.*)$/.exec(name)?.[1].toLowerCase().replaceAll("_", "-");
    const misleads = /^(PYTHONPATH|PYTHONHOME|PYTHONUSERBASE|VIRTUAL_ENV|__PYVENV_LAUNCHER__)$/.test(name);
    if ((key === undefined || NETWORK.test(key)) && !misleads) result[name] = value;
  }
  for (const line of settings.split("\n")) {
    const found = /^(?:global|install)\.([a-z-]+)='(.*)'$/.exec(line.trim());
    if (!found || !NETWORK.test(found[1])) continue;
    const name = `PIP_${found[1].toUpperCase().replaceAll("-", "_")}`;
    result[name] ??= found[2].replaceAll("\\n", " ").trim();
  }
  return { ...result, PIP_CONFIG_FILE: require("node:os").devNull, PYTHONNOUSERSITE: "1" };
}

/**
 * @param {{ code: number | null, signal: string | null, output: string }} ended
 * @param {string} logFile
 * @param {boolean} installing whether pip had begun to unpack
 */
function pipFailure(ended, logFile, installing) {
  const known = diagnose(ended.output);
  const errors = ended.output.split("\n").filter((line) => /error/i.test(line));
  const message =
    known?.message ?? (errors.slice(-4).join("\n  ") || ended.signal || `exit code ${ended.code}`);
  return new SetupError(
    `pip install failed: ${message}`,
    known?.remedies ?? [`read ${logFile}, then run the same command again`],
    { dirty: installing },
  );
}

module.exports = { pipArguments, pipEnvironment, pipFailure };
