// @ts-check
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { hashParts, hashTree } = require("./fingerprint.cjs");
const { pipEnvironment } = require("./pip.cjs");
const { SetupError, diagnose } = require("./remedies.cjs");

/**
 * The Jupyter kernel, known to .venv's Jupyter. Its spec holds absolute paths, of Node and of the project.
 * @param {string} root
 * @returns {import("./runner.cjs").Step}
 */
function kernelspec(root) {
  const sources = path.join(root, "kernels", "jupyter");
  const specs = path.join(root, ".venv", "share", "jupyter", "kernels");
  return {
    name: "kernelspec",
    title: "Jupyter kernel",
    size: "a few files",
    bytes: 1e6,
    home: path.join(root, ".venv"),
    fingerprint: () =>
      hashParts({
        root,
        node: process.execPath,
        sources: hashTree(
          sources,
          (name) => !/(^|\/)(build|__pycache__|[^/]*\.egg-info)$|\.test\.|\.pyc$/.test(name),
        ),
      }),
    isThere: () => fs.existsSync(specs) && fs.readdirSync(specs).some((name) => name !== "python3"),
    run: async ({ run, update, logFile }) => {
      const script = path.join(sources, "install.cjs");
      const ended = await run(process.execPath, [script], { env: pipEnvironment(), onLine: update });
      if (ended.code !== 0) {
        const known = diagnose(ended.output);
        const reason = known?.message ?? ended.output.split("\n").slice(-4).join("\n  ");
        throw new SetupError(`the Jupyter kernel could not be installed: ${reason}`, [
          ...(known?.remedies ?? []),
          `read ${logFile}, then run the same command again`,
        ]);
      }
      return "installed into .venv";
    },
  };
}

module.exports = { kernelspec };
