import { expect, it } from "vitest";
import { findCompiler } from "./compiler.cjs";
import { fakePrograms } from "./testing";

const KNOWS_17 = 'cat > /dev/null; case "$*" in *-std=c++17*) exit 0;; esac; exit 1';
const TOO_OLD = 'cat > /dev/null; echo "error: unrecognized option -std=c++17" >&2; exit 1';

const find = (programs: Record<string, string>, env: NodeJS.ProcessEnv = {}) => {
  const found = findCompiler({ PATH: fakePrograms(programs), ...env }, "apt");
  return "command" in found
    ? found.command.replace(/^.*\//, "")
    : `${found.problem.message} → ${found.problem.remedies[0]}`;
};

it("takes the first that knows C++17", () => {
  expect(find({ "c++": KNOWS_17, "clang++": KNOWS_17 })).toBe("c++");
  expect(find({ "c++": TOO_OLD, "clang++": KNOWS_17 })).toBe("clang++");
});

it("takes CXX where it is set", () => {
  expect(find({ "c++": KNOWS_17, "my-gcc": KNOWS_17 }, { CXX: "my-gcc" })).toBe("my-gcc");
  expect(find({ "c++": KNOWS_17 }, { CXX: "my-gcc" })).toMatch(/looked for my-gcc on PATH/);
});

it("says what is missing and how to get it", () => {
  expect(find({})).toMatch(/no C\+\+ compiler was found .*→ .*apt install build-essential/);
  expect(find({ "g++": TOO_OLD })).toMatch(/g\+\+ does not compile C\+\+17/);
});
