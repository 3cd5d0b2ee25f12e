// @ts-check
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { findCompiler } = require("./compiler.cjs");
const { hashFile, hashParts, hashTree } = require("./fingerprint.cjs");
const { ask } = require("./processes.cjs");
const { SetupError, diagnose } = require("./remedies.cjs");

/** @param {string} root */
function addonOf(root) {
  return path.join(root, "kernels", "tensorflow", "build", "Release", "reprise_tensorflow.node");
}

/**
 * What the built kernel depends on: its sources, the runtime that it is linked to, and where that lies.
 * @param {string} root
 * @param {string} runtimeList the requirements file of the runtime
 */
function kernelFingerprint(root, runtimeList) {
  const sources = hashTree(
    path.join(root, "kernels", "tensorflow"),
    (name) =>
      !/^build($|-|\/)/.test(name) &&
      (/(^|\/)[^.]+$/.test(name) || /\.(cc|h)$/.test(name) || name === "build.cjs"),
  );
  const api = hashFile(path.join(root, "node_modules", "node-addon-api", "package.json"));
  return hashParts({
    root,
    sources,
    api,
    runtime: hashFile(path.join(root, runtimeList)),
    arch: process.arch,
  });
}

/**
 * TensorFlow's C API for Node, compiled here.
 * @param {string} root
 * @param {string} runtimeList
 * @returns {import("./runner.cjs").Step}
 */
function nativeKernel(root, runtimeList) {
  return {
    name: "native-kernel",
    title: "TensorFlow kernel for Node",
    size: "compiling, about half a minute",
    bytes: 5e7,
    home: path.join(root, "kernels", "tensorflow", "build"),
    optional: true,
    fingerprint: () => kernelFingerprint(root, runtimeList),
    isThere: () => fs.existsSync(addonOf(root)),
    missing: () => {
      const compiler = findCompiler();
      return "problem" in compiler ? [compiler.problem] : [];
    },
    discard: () => fs.rmSync(addonOf(root), { force: true }),
    run: async ({ run, update, logFile }) => {
      const compiler = findCompiler();
      if ("problem" in compiler) throw compiler.problem;
      const script = path.join(root, "kernels", "tensorflow", "build.cjs");
      const ended = await run(process.execPath, [script], {
        env: { ...process.env, CXX: compiler.command },
        onLine: update,
      });
      if (ended.code !== 0) throw buildFailure(ended.output, logFile, fs.existsSync(addonOf(root)));
      const loads = ask(process.execPath, ["-e", "require(process.argv[1])", addonOf(root)], {
        timeoutMs: 60_000,
      });
      if (loads === undefined)
        throw new SetupError(
          "the kernel was built, but Node cannot load it; everything runs on the slow JavaScript backend",
          [`see why: node -e 'require("${addonOf(root)}")'`],
        );
      return `built with ${path.basename(compiler.command)}`;
    },
  };
}

/**
 * @param {string} output
 * @param {string} logFile
 * @param {boolean} hasOld
 */
function buildFailure(output, logFile, hasOld) {
  const known = diagnose(output);
  const errors = output.split("\n").filter((line) => /error/i.test(line));
  const reason =
    known?.message ?? (errors.slice(0, 4).join("\n  ") || output.split("\n").slice(-3).join("\n  "));
  const instead = hasOld
    ? "the kernel built earlier stays in use, though its sources have changed"
    : "everything runs on the JavaScript backend: the same answers, many times slower";
  return new SetupError(
    `the TensorFlow kernel could not be built; ${instead}:\n  ${reason}`,
    [...(known?.remedies ?? []), `read ${logFile}; build again with: npm run setup`],
    { dirty: false },
  );
}

module.exports = { nativeKernel, kernelFingerprint, addonOf };
