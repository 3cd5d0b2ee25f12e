import { spawnSync } from "node:child_process";
import { cpSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { fakePrograms, temporaryFolder } from "./setup/testing";
import { countTests, runTogether } from "./test.cjs";

describe("the count of tests", () => {
  it("is vitest's", () => {
    expect(countTests({ numPassedTests: 5, numFailedTests: 2 })).toEqual({ passed: 5, failed: 2 });
  });

  it("counts a file that could not be loaded as a failure: vitest reports no test of it", () => {
    const testResults = [
      { status: "failed", assertionResults: [] },
      { status: "failed", assertionResults: [{}] },
      { status: "passed", assertionResults: [{}] },
    ];
    expect(countTests({ numPassedTests: 5, numFailedTests: 1, testResults })).toEqual({
      passed: 5,
      failed: 2,
    });
  });
});

describe("programs that run together", () => {
  it("are told in their order, whichever ends first, each with all that it wrote", async () => {
    let told = "";
    const fine = await runTogether(
      [
        ["slow", ["-e", "setTimeout(() => console.log('last'), 300); console.error('first')"]],
        ["broken", ["-e", "console.log('wrong'); process.exitCode = 2"]],
        ["killed", ["-e", "process.kill(process.pid, 'SIGKILL')"]],
      ],
      (text) => {
        told += text;
      },
    );
    expect(fine).toEqual([true, false, false]);
    expect(told).toBe("\n── slow\nfirst\nlast\n\n── broken\nwrong\n\n── killed\n");
  });
});

describe(".ci/run", () => {
  const run = (npm: string) => {
    const root = temporaryFolder();
    cpSync(path.resolve(__dirname, "../.ci/run"), path.join(root, ".ci/run"));
    const told = spawnSync("/bin/bash", [path.join(root, ".ci/run")], {
      encoding: "utf8",
      env: { PATH: `${fakePrograms({ npm })}:/usr/bin:/bin` },
    });
    return { code: told.status, last: told.stdout.trimEnd().split("\n").at(-1) };
  };

  it("ends with the count, whatever npm says after it, and with npm's exit code", () => {
    expect(run("echo '7 passed, 0 failed'")).toEqual({ code: 0, last: "7 passed, 0 failed" });
    expect(run("echo '7 passed, 2 failed'; echo 'npm error' >&2; exit 1")).toEqual({
      code: 1,
      last: "7 passed, 2 failed",
    });
  });

  it("counts a failure where the set-up stopped before any test", () => {
    expect(run("echo 'no compiler'; exit 1")).toEqual({ code: 1, last: "0 passed, 1 failed" });
  });
});
