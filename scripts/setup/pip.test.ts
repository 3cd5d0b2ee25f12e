import { devNull } from "node:os";
import { expect, it } from "vitest";
import { pipArguments, pipEnvironment, pipFailure } from "./pip.cjs";

it("pip installs the list's files by hash, and nothing beside them", () => {
  const args = pipArguments("list.txt").join(" ");
  for (const part of ["--require-hashes", "--no-deps", "--only-binary=:all:", "--no-user"])
    expect(args).toContain(part);
});

it("of somebody's settings only those of the network reach pip", () => {
  const settings =
    "global.cert='/etc/ca.pem'\nglobal.target='/elsewhere'\ninstall.user='true'\nglobal.index-url='https://mirror/simple'";
  const env = pipEnvironment(settings, {
    PATH: "/bin",
    PIP_TARGET: "/elsewhere",
    PIP_CONSTRAINT: "old.txt",
    PIP_INDEX_URL: "https://first/simple",
    PYTHONPATH: "/old",
    PYTHONHOME: "/older",
  });
  expect(env).toEqual({
    PATH: "/bin",
    PIP_CERT: "/etc/ca.pem",
    PIP_INDEX_URL: "https://first/simple",
    PIP_CONFIG_FILE: devNull,
    PYTHONNOUSERSITE: "1",
  });
});

it("a failure while unpacking leaves the environment in doubt, one before does not", () => {
  const ended = { code: 1, signal: null, output: "ERROR: something new" };
  expect(pipFailure(ended, "log", true).dirty).toBe(true);
  expect(pipFailure(ended, "log", false)).toMatchObject({
    dirty: false,
    message: "pip install failed: ERROR: something new",
  });
});
