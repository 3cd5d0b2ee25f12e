// @ts-check
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { hashFile, hashParts } = require("./fingerprint.cjs");
const { pipArguments, pipEnvironment, pipFailure } = require("./pip.cjs");
const { ask } = require("./processes.cjs");
const { choosePython, findPythons } = require("./python.cjs");
const { SetupError, diagnose } = require("./remedies.cjs");
const { readText } = require("./stamps.cjs");
const { pythonIsSupported } = require("./versions.cjs");
const { which } = require("./which.cjs");

/** @param {string} root */
function pythonOf(root) {
  return path.join(root, ".venv", "bin", "python");
}

/**
 * `.venv`, the project's own Python environment. Its scripts hold its path: a moved project makes a new one; so does another device,
 * for the two builds of TensorFlow would lie over each other.
 * @param {string} root
 * @param {"cpu" | "gpu"} device
 * @returns {import("./runner.cjs").Step}
 */
function virtualEnvironment(root, device) {
  const home = path.join(root, ".venv");
  const chosen = () => choosePython(findPythons(), { named: process.env.REPRISE_PYTHON });
  return {
    name: "python-environment",
    title: "Python environment .venv",
    size: "20 MB",
    bytes: 5e7,
    home,
    fingerprint: () => hashParts({ root, device, named: process.env.REPRISE_PYTHON }),
    isThere: () => isWhole(home),
    // One made with another Python than is asked for now is not taken over.
    adopt: () =>
      !process.env.REPRISE_PYTHON &&
      isWhole(home) &&
      !holdsRuntimeFor(home, device === "cpu" ? "gpu" : "cpu") &&
      (readText(path.join(home, "bin", "pip")) ?? "").startsWith(`#!${home}/`) &&
      answers(root),
    missing: () => {
      const choice = chosen();
      return "problem" in choice ? [choice.problem] : [];
    },
    discard: () => fs.rmSync(home, { recursive: true, force: true }),
    run: async ({ run, logFile }) => {
      const choice = chosen();
      if ("problem" in choice) throw choice.problem;
      const ended = await run(choice.python.command, ["-m", "venv", "--clear", home], {
        env: pipEnvironment(),
      });
      if (ended.code !== 0) {
        const known = diagnose(ended.output);
        throw new SetupError(
          `python -m venv failed: ${known?.message ?? ended.output.split("\n").slice(-5).join("\n  ")}`,
          known?.remedies ?? [`read ${logFile}, then run the same command again`],
          { dirty: true },
        );
      }
      return `Python ${choice.python.version}`;
    },
  };
}

/**
 * Whether an environment's Python is still the one that it was made with (a system's upgrade can take it away or replace it).
 * @param {string} home
 */
function isWhole(home) {
  const made = /^version(?:_info)?\s*=\s*(\d+\.\d+)/m.exec(
    readText(path.join(home, "pyvenv.cfg")) ?? "",
  )?.[1];
  if (!made || !fs.existsSync(path.join(home, "lib", `python${made}`, "site-packages"))) return false;
  try {
    const actual = /python(\d+\.\d+)$/.exec(fs.realpathSync(path.join(home, "bin", "python")))?.[1];
    return actual === undefined || actual === made;
  } catch {
    return false;
  }
}

/**
 * Whether a build of TensorFlow is there that is for one device alone: `tensorflow_cpu`, or `tensorflow` beside CUDA's libraries.
 * @param {string} home
 * @param {"cpu" | "gpu"} device
 */
function holdsRuntimeFor(home, device) {
  const mark = device === "cpu" ? /^tensorflow_cpu-/ : /^nvidia_cudnn_cu\d+-/;
  return sitePackages(home).some(
    (folder) => fs.existsSync(folder) && fs.readdirSync(folder).some((name) => mark.test(name)),
  );
}

/** @param {string} root */
function answers(root) {
  const version = ask(pythonOf(root), ["-c", "import pip, platform; print(platform.python_version())"]);
  return version !== undefined && pythonIsSupported(version);
}

/**
 * A pinned list of Python packages in .venv.
 * @param {string} root
 * @param {{ name: string, title: string, size: string, bytes: number, file: string, witness: string }} what
 *   `witness`: a folder in site-packages that the list brings
 * @returns {import("./runner.cjs").Step}
 */
function pythonPackages(root, { name, title, size, bytes, file, witness }) {
  const home = path.join(root, ".venv");
  return {
    name,
    title,
    size,
    bytes,
    home,
    fingerprint: () => hashParts({ list: hashFile(path.join(root, file)), file }),
    isThere: () => sitePackages(home).some((folder) => fs.existsSync(path.join(folder, witness))),
    // pip takes a half-unpacked package for a whole one: after a kill the environment is made anew.
    discard: () => fs.rmSync(home, { recursive: true, force: true }),
    run: async ({ run, update, logFile }) => {
      let count = 0;
      let installing = false;
      const ended = await run(pythonOf(root), pipArguments(path.join(root, file)), {
        env: pipEnvironment(networkSettings(root)),
        onLine: (line) => {
          if (line.startsWith("Collecting ")) count++;
          installing ||= line.startsWith("Installing collected");
          if (installing) update(`unpacking ${count} packages`);
          else if (/^(Collecting|Downloading|Using cached)/.test(line))
            update(line.replace(/ \(from .*/, ""));
        },
      });
      if (ended.code !== 0) throw pipFailure(ended, logFile, installing);
      if (count === 0) return "already there";
      return count === 1 ? "1 package" : `${count} packages`;
    },
  };
}

/** @param {string} home */
function sitePackages(home) {
  const lib = path.join(home, "lib");
  const pythons = fs.existsSync(lib) ? fs.readdirSync(lib) : [];
  return pythons.map((python) => path.join(lib, python, "site-packages"));
}

/** @param {string} root */
function networkSettings(root) {
  return ask(pythonOf(root), ["-m", "pip", "config", "list"]) ?? "";
}

/**
 * Which TensorFlow to install: with CUDA where an NVIDIA GPU answers, unless REPRISE_DEVICE says otherwise.
 * @param {NodeJS.ProcessEnv} [env]
 * @param {NodeJS.Platform} [platform]
 * @returns {"cpu" | "gpu"}
 */
function chooseDevice(env = process.env, platform = process.platform) {
  const wish = env.REPRISE_DEVICE;
  if (wish === "cpu" || wish === "gpu") return wish;
  if (wish)
    throw new SetupError(`REPRISE_DEVICE is ${JSON.stringify(wish)}`, ["set it to cpu or gpu, or unset it"]);
  if (platform !== "linux") return "cpu";
  const smi = which("nvidia-smi", env.PATH);
  return smi && /GPU \d+:/.test(ask(smi, ["-L"], { timeoutMs: 5_000 }) ?? "") ? "gpu" : "cpu";
}

module.exports = { virtualEnvironment, pythonPackages, chooseDevice, isWhole, holdsRuntimeFor };
