// @ts-check
"use strict";

const { ask } = require("./processes.cjs");
const { SetupError, installCommand, packageManager } = require("./remedies.cjs");
const { which } = require("./which.cjs");

const COMMANDS = ["c++", "g++", "clang++"];
const PROBE =
  "#include <optional>\nint main() { if constexpr (sizeof(int) > 1) return std::optional<int>(0).value(); }\n";

/**
 * The C++ compiler to build with: CXX where it is set, else the first on PATH that knows C++17; or what is wrong.
 * @param {NodeJS.ProcessEnv} [env]
 * @param {import("./remedies.cjs").PackageManager} [manager]
 * @returns {{ command: string } | { problem: SetupError }}
 */
function findCompiler(env = process.env, manager = packageManager()) {
  const names = env.CXX ? [env.CXX] : COMMANDS;
  const found = names.flatMap((name) => which(name, env.PATH) ?? []);
  const args = ["-std=c++17", "-fsyntax-only", "-x", "c++", "-"];
  const command = found.find((candidate) => ask(candidate, args, { input: PROBE }) !== undefined);
  if (command) return { command };
  const message =
    found.length === 0
      ? `no C++ compiler was found (looked for ${names.join(", ")} on PATH); one that knows C++17 is needed`
      : `${found[0]} does not compile C++17`;
  return {
    problem: new SetupError(message, [
      installCommand("compiler", manager),
      "or do without, on the JavaScript backend, which gives the same answers many times slower: export REPRISE_SKIP_NATIVE=1",
    ]),
  };
}

module.exports = { findCompiler };
