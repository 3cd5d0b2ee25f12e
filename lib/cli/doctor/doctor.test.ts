import { describe, expect, it } from "vitest";
import { temporaryProject } from "../testing";
import { type BackendFindings, checkBackend, describeBackend } from "./backend";
import { formatChecks } from "./check";
import { describeDatasets } from "./datasets";
import { checkDisk, checkKernelspec, checkSetup, checkVersions, describeSteps } from "./installation";

const fine: BackendFindings = {
  backend: "tensorflow",
  version: "2.21.0",
  devices: ["/job:localhost/replica:0/task:0/device:CPU:0"],
  gpu: false,
  correct: true,
  cores: 2,
};
const states = (checks: readonly { state: string }[]) => checks.map(({ state }) => state);

describe("the backend", () => {
  it("is told with version, device and threads", () => {
    const text = formatChecks(describeBackend(fine, {}));
    expect(text).toMatch(
      /✓ Backend {2}tensorflow, TensorFlow 2\.21\.0\n✓ Device {3}CPU \(CPU:0\)\n✓ Threads {2}2, of 2 cores/,
    );
    expect(formatChecks(describeBackend(fine, { TF_NUM_INTRAOP_THREADS: "1" }))).toMatch(
      /1 \(TF_NUM_INTRAOP_THREADS\) on 2 cores/,
    );
  });

  it("is a problem where it fell back, and a note where that was asked for", () => {
    const fallen = { ...fine, backend: "cpu", devices: [], failure: "no such file\n at …" };
    expect(describeBackend(fallen, {})[0]).toEqual({
      name: "Backend",
      state: "problem",
      detail: "JavaScript, many times slower than TensorFlow: no such file",
      remedy: "npm run setup",
    });
    expect(describeBackend(fallen, { REPRISE_BACKEND: "cpu" })[0].state).toBe("note");
  });

  it("is a problem where it calculates wrongly, or dies", () => {
    expect(states(describeBackend({ ...fine, correct: false }, {}))).toContain("problem");
    const { root } = temporaryProject();
    expect(checkBackend(root)).toMatchObject([{ state: "problem", remedy: "npm run setup" }]);
  });
});

it("a step of the set-up is a problem until it is done with what there is now", () => {
  const step = (state: "ready" | "stale" | "interrupted" | "absent") => ({
    name: "x",
    title: "X",
    optional: false,
    state,
  });
  expect(states(describeSteps([step("ready"), step("stale"), step("interrupted"), step("absent")]))).toEqual([
    "ok",
    "problem",
    "problem",
    "problem",
  ]);
});

it("a set-up that is not there, and an environment that does not work, are problems", () => {
  const { root } = temporaryProject({
    ".venv/bin/python": "#!/bin/sh\necho 'No module named jupyterlab' >&2; exit 1\n",
  });
  expect(checkSetup(root)).toMatchObject([{ state: "problem" }]);
  expect(checkVersions(root)[1]).toMatchObject({
    state: "problem",
    detail: ".venv does not work: No module named jupyterlab",
  });
  const whole = temporaryProject({
    ".venv/bin/python": `#!/bin/sh\necho '["3.12.1", "4.6.6", "2.7.0", "0.11.0", "7.17.2"]'\n`,
  });
  expect(checkVersions(whole.root)[1]).toMatchObject({
    state: "ok",
    detail: expect.stringContaining("papermill 2.7.0"),
  });
});

describe("the kernelspec", () => {
  const spec = (program: string) => ({
    ".venv/share/jupyter/kernels/python3/kernel.json":
      '{"argv": ["python"], "display_name": "Python 3", "language": "python"}',
    ".venv/share/jupyter/kernels/reprise/kernel.json": JSON.stringify({
      argv: [program, "{connection_file}"],
      display_name: "TypeScript (Reprise)",
      language: "typescript",
    }),
  });

  it("is the one that speaks TypeScript, and what it starts must be there", () => {
    expect(checkKernelspec(temporaryProject(spec(process.execPath)).root)).toMatchObject({ state: "ok" });
    expect(checkKernelspec(temporaryProject(spec("/gone/node")).root)).toMatchObject({
      state: "problem",
      detail: expect.stringContaining("/gone/node, which is not there"),
    });
    expect(checkKernelspec(temporaryProject().root)).toMatchObject({ state: "problem" });
  });
});

it("an absent data set is a note, a damaged one a problem", () => {
  const report = { name: "d", title: "D", licence: "L", detail: "line 3 is broken" };
  expect(describeDatasets([{ ...report, state: "absent", bytes: 4_900_000 }])).toEqual([
    {
      name: "Data: d",
      state: "note",
      detail: "not here yet, 4.9 MB; fetched when first used",
      remedy: "npx reprise data fetch d",
    },
  ]);
  expect(describeDatasets([{ ...report, state: "damaged" }])).toMatchObject([
    { state: "problem", detail: "line 3 is broken" },
  ]);
});

it("a disk that is nearly full is worth a note", () => {
  expect(states([checkDisk("/", 5e9), checkDisk("/", 5e8)])).toEqual(["ok", "note"]);
});

it("a report has a line a check, its remedies below, all in columns", () => {
  const checks = [
    { name: "A", state: "ok", detail: "fine" },
    { name: "Longer", state: "problem", detail: "bad\nworse", remedy: "mend it" },
  ] as const;
  expect(formatChecks(checks)).toBe("✓ A       fine\n✗ Longer  bad\n          worse\n          → mend it");
});
