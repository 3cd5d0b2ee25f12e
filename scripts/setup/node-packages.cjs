// @ts-check
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { hashFile, hashParts } = require("./fingerprint.cjs");
const { SetupError, diagnose } = require("./remedies.cjs");
const { readText } = require("./stamps.cjs");
const { which } = require("./which.cjs");

/** @typedef {{ version?: string, integrity?: string, link?: boolean, optional?: boolean, os?: string[], cpu?: string[], libc?: string[] }} Entry */
/** @typedef {{ packages: Record<string, Entry> }} Lock */

/**
 * `npm ci`, whenever node_modules is not what package-lock.json says.
 * @param {string} root
 * @returns {import("./runner.cjs").Step}
 */
function nodePackages(root) {
  const home = path.join(root, "node_modules");
  const lockFile = path.join(root, "package-lock.json");
  return {
    name: "node-packages",
    title: "Node packages",
    size: "150 MB to fetch, 730 MB on disk",
    bytes: 1e9,
    home,
    fingerprint: () =>
      hashParts({ lock: hashFile(lockFile), platform: process.platform, arch: process.arch }),
    isThere: () => fs.existsSync(path.join(home, ".package-lock.json")),
    adopt: () => {
      const installed = readText(path.join(home, ".package-lock.json"));
      const wanted = readText(lockFile);
      return !!installed && !!wanted && differences(JSON.parse(wanted), JSON.parse(installed)).length === 0;
    },
    run: async ({ run, update, logFile }) => {
      const total = Object.values(JSON.parse(readText(lockFile) ?? "{}").packages ?? {}).filter((entry) =>
        suits(entry),
      ).length;
      let fetched = 0;
      let answers = 0;
      let refusals = 0;
      const [command, ...args] = npmCommand();
      const ended = await run(command, [...args, ...CI_ARGUMENTS], {
        env: { ...process.env, NODE_ENV: "development" },
        onLine: (line) => {
          if (/http fetch GET \d+ /.test(line)) answers++;
          if (/http fetch GET .* failed with /.test(line)) refusals++;
          if (/http (fetch|cache)/.test(line) && /\.tgz/.test(line)) fetched++;
          update(fetched > 0 ? `${Math.min(fetched, total)} of ${total} packages` : line);
          // npm asks for every package, each several times; the first refusals say all where nothing has been answered.
          return answers > 0 || refusals < 30;
        },
      });
      if (ended.code !== 0) throw npmFailure(ended, logFile);
      return /added (\d+ packages)/.exec(ended.output)?.[1] ?? "installed";
    },
  };
}

/** Each of these may be set otherwise in somebody's .npmrc; the suite needs all packages, and no package's install script. */
const CI_ARGUMENTS = [
  "ci",
  "--include=dev",
  "--include=optional",
  "--include=peer",
  "--ignore-scripts",
  "--no-global",
  "--no-dry-run",
  "--package-lock",
  "--install-strategy=hoisted",
  "--no-audit",
  "--no-fund",
  "--loglevel=http",
  // npm's own patience, two minutes without a network, is too long to learn that there is none.
  "--fetch-retries=3",
  "--fetch-retry-mintimeout=1000",
  "--fetch-retry-maxtimeout=8000",
];

/**
 * The npm that started us, else the one on PATH.
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {string[]}
 */
function npmCommand(env = process.env) {
  const script = env.npm_execpath;
  if (script && /^npm/.test(path.basename(script))) return [process.execPath, script];
  const npm = which("npm", env.PATH);
  if (npm) return [npm];
  throw new SetupError("npm was not found on PATH (it comes with Node)", [
    "install Node with npm: https://nodejs.org/",
  ]);
}

/**
 * @param {{ code: number | null, signal: string | null, output: string }} ended
 * @param {string} logFile
 */
function npmFailure(ended, logFile) {
  const known = diagnose(ended.output);
  const lines = ended.output.split("\n").filter((line) => /npm (error|ERR!)/i.test(line));
  const message = `npm ci failed: ${known?.message ?? (lines.slice(0, 8).join("\n  ") || ended.signal || `exit code ${ended.code}`)}`;
  return new SetupError(message, known?.remedies ?? [`read ${logFile}, then run the same command again`], {
    dirty: known?.dirty,
  });
}

/**
 * What node_modules lacks, or has in another version than package-lock.json says.
 * @param {Lock} wanted     package-lock.json
 * @param {Lock} installed  node_modules/.package-lock.json, which npm writes last
 */
function differences(wanted, installed) {
  return Object.entries(wanted.packages)
    .filter(([name]) => name !== "")
    .filter(([name, entry]) => {
      const there = installed.packages[name];
      // An optional package without a platform of its own may belong to one that is for another machine.
      if (!there) return !entry.optional || ((entry.os ?? entry.cpu) !== undefined && suits(entry));
      return there.version !== entry.version || there.integrity !== entry.integrity;
    })
    .map(([name]) => name);
}

/**
 * Whether a package is meant for this machine (the lock names those of every platform).
 * @param {Entry} entry
 * @param {{ os: string, cpu: string, libc?: string }} [machine]
 */
function suits({ os, cpu, libc }, machine = { os: process.platform, cpu: process.arch, libc: ourLibc() }) {
  /** @param {string[] | undefined} allowed @param {string | undefined} actual */
  const fits = (allowed, actual) => {
    if (!allowed || actual === undefined) return true;
    const refused = allowed.filter((name) => name.startsWith("!"));
    const named = allowed.filter((name) => !name.startsWith("!"));
    return (
      !refused.includes(`!${actual}`) &&
      (named.length === 0 || named.includes(actual) || named.includes("any"))
    );
  };
  return fits(os, machine.os) && fits(cpu, machine.cpu) && fits(libc, machine.libc);
}

function ourLibc() {
  if (process.platform !== "linux") return undefined;
  return fs.existsSync("/lib/ld-musl-x86_64.so.1") || fs.existsSync("/lib/ld-musl-aarch64.so.1")
    ? "musl"
    : "glibc";
}

module.exports = { nodePackages, npmCommand, npmFailure, differences, suits };
