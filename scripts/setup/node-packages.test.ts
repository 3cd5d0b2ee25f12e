import { describe, expect, it } from "vitest";
import { differences, npmCommand, npmFailure, suits } from "./node-packages.cjs";

const LINUX = { os: "linux", cpu: "x64", libc: "glibc" };

describe("node_modules against package-lock.json", () => {
  const wanted = {
    packages: {
      "": {},
      "node_modules/a": { version: "1.0.0", integrity: "sha512-a" },
      "node_modules/b": { version: "2.0.0", integrity: "sha512-b", optional: true, os: [process.platform] },
      "node_modules/c": { version: "3.0.0", integrity: "sha512-c", optional: true, os: ["aix"] },
      "node_modules/d": { version: "4.0.0", integrity: "sha512-d", optional: true },
    },
  };
  const { "": _, "node_modules/c": __, "node_modules/d": ___, ...installed } = wanted.packages;

  it("is the same where only other platforms' packages are missing", () => {
    expect(differences(wanted, { packages: installed })).toEqual([]);
  });

  it("differs by a missing package, by one for this platform, by a version and by a hash", () => {
    const { "node_modules/a": a, "node_modules/b": b } = wanted.packages;
    expect(differences(wanted, { packages: { "node_modules/b": b } })).toEqual(["node_modules/a"]);
    expect(differences(wanted, { packages: { "node_modules/a": a } })).toEqual(["node_modules/b"]);
    const other = { ...a, version: "1.0.1" };
    expect(differences(wanted, { packages: { ...installed, "node_modules/a": other } })).toEqual([
      "node_modules/a",
    ]);
    const forged = { ...a, integrity: "sha512-x" };
    expect(differences(wanted, { packages: { ...installed, "node_modules/a": forged } })).toEqual([
      "node_modules/a",
    ]);
  });
});

it("a package's platform is read as npm reads it", () => {
  expect(suits({ os: ["linux", "darwin"], cpu: ["x64"] }, LINUX)).toBe(true);
  expect(suits({ os: ["!win32"] }, LINUX)).toBe(true);
  expect(suits({ os: ["!linux"] }, LINUX)).toBe(false);
  expect(suits({ cpu: ["arm64"] }, LINUX)).toBe(false);
  expect(suits({ libc: ["musl"] }, LINUX)).toBe(false);
  expect(suits({ libc: ["musl"] }, { os: "darwin", cpu: "arm64" })).toBe(true);
});

it("npm is the one that started us, not another package manager", () => {
  expect(npmCommand({ npm_execpath: "/lib/npm-cli.js" })).toEqual([process.execPath, "/lib/npm-cli.js"]);
  expect(() => npmCommand({ npm_execpath: "/lib/yarn.js", PATH: "/nowhere" })).toThrow("npm was not found");
});

it("a failure shows npm's own error lines, or what they mean", () => {
  const unknown = {
    code: 1,
    signal: null,
    output: "npm http fetch GET\nnpm error Exit handler never called!",
  };
  expect(npmFailure(unknown, "log").message).toBe("npm ci failed: npm error Exit handler never called!");
  const offline = { code: 1, signal: null, output: "npm error code ENOTFOUND" };
  expect(npmFailure(offline, "log").message).toMatch(/no network/);
  expect(npmFailure({ code: null, signal: "SIGKILL", output: "" }, "log").message).toMatch(/SIGKILL/);
});
