import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { resolveConfig } from "../experiment/configuration";
import { execute } from "../experiment/execute";
import { experiment } from "../experiment/testing/toy";
import { projectPaths } from "./paths";
import { openTensorboard } from "./tensorboard";
import { temporaryProject } from "./testing";

const LIST = "requirements-tensorboard.txt";

/** TensorBoard's place is taken by a script that notes its arguments and the files it is given. */
const TENSORBOARD = `#!/bin/sh\ncd "$(dirname "$0")/../.."\necho "$@" > arguments; find "$2" -type f > files`;
/** pip's place: notes that it was called, and installs that script. */
const PYTHON = `#!/bin/sh
cd "$(dirname "$0")/../.."
echo "$@" >> installed
install -m 755 program .venv/bin/tensorboard`;

function project(changes: Record<string, string> = {}) {
  return temporaryProject({
    ".venv/bin/python": PYTHON,
    program: `${TENSORBOARD}\n`,
    [LIST]: "tensorboard==1",
    ...changes,
  });
}
/** How often pip was called. */
const installs = (root: string) =>
  existsSync(join(root, "installed"))
    ? readFileSync(join(root, "installed"), "utf8").trim().split("\n").length
    : 0;

let folder: string;
/** Folders of events that nobody has deleted. */
const left = () => readdirSync(folder).filter((name) => name.startsWith("reprise-tensorboard"));
beforeEach(async () => {
  folder = mkdtempSync(join(os.tmpdir(), "tensorboard-"));
  vi.stubEnv("REPRISE_RUNS", join(folder, "store")).stubEnv("TMPDIR", folder);
  vi.spyOn(console, "log").mockImplementation(() => {});
  const config = { ...resolveConfig("toy", experiment.configuration, "smoke"), pause: 0 };
  await execute(experiment, config, 1, { code: "c" });
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

describe("TensorBoard", () => {
  it("gets the runs' events in a folder that is gone afterwards, and the user's options", async () => {
    const paths = project();
    expect(await openTensorboard(["toy", "--port", "6007"], paths)).toBe(0);
    const [option, events, ...rest] = readFileSync(join(paths.root, "arguments"), "utf8").trim().split(" ");
    expect([option, ...rest]).toEqual(["--logdir", "--port", "6007"]);
    expect(readFileSync(join(paths.root, "files"), "utf8")).toMatch(
      /^\S+\/toy\/seed=1 [0-9a-f]{8}\/events\.out\.tfevents\.\S+\n$/,
    );
    expect(existsSync(events)).toBe(false);
    expect(await openTensorboard(["--port=6007"], paths)).toBe(0);
    expect(readFileSync(join(paths.root, "arguments"), "utf8")).toMatch(/ --port=6007\n$/);
  });

  it("that ends with an error is one of ours", async () => {
    const paths = project({ program: "#!/bin/sh\nexit 255\n" });
    await expect(openTensorboard([], paths)).rejects.toThrow(/ended with exit code 255/);
    expect(left()).toEqual([]);
  });

  it("is ended by a signal, which is no error", async () => {
    const paths = project({ program: "#!/bin/sh\ntouch $0.started; exec sleep 60\n" });
    const code = openTensorboard([], paths);
    await vi.waitUntil(() => existsSync(join(paths.bin, "tensorboard.started")));
    process.emit("SIGHUP");
    expect(await code).toBe(0);
    expect(left()).toEqual([]);
  });
});

describe("the installation", () => {
  it("is made at the first use, with hashes and nothing beyond the list", async () => {
    const paths = project();
    await openTensorboard([], paths);
    await openTensorboard([], paths);
    expect(installs(paths.root)).toBe(1);
    const told = readFileSync(join(paths.root, "installed"), "utf8");
    for (const option of ["--require-hashes", "--only-binary=:all:", "--no-deps", join(paths.root, LIST)])
      expect(told).toContain(option);
  });

  it("is made again for another list", async () => {
    const paths = project();
    await openTensorboard([], paths);
    writeFileSync(join(paths.root, LIST), "tensorboard==2");
    await openTensorboard([], paths);
    expect(installs(paths.root)).toBe(2);
  });

  it("that fails says so, and is tried again even where it has left half of it", async () => {
    const paths = project({ ".venv/bin/python": `${PYTHON}\n[ -e second ] || { touch second; exit 1; }\n` });
    await expect(openTensorboard([], paths)).rejects.toThrow(/could not be installed/);
    expect(await openTensorboard([], paths)).toBe(0);
    expect(installs(paths.root)).toBe(2);
  });

  it("needs the set-up", async () => {
    await expect(openTensorboard([], temporaryProject({ [LIST]: "" }))).rejects.toThrow(
      /python is not there/,
    );
  });
});

it("mistakes are told before anything is installed", async () => {
  const paths = project();
  await expect(openTensorboard(["toyy"], paths)).rejects.toMatchObject({
    message: 'there is no experiment "toyy"',
    remedies: ["did you mean toy?", expect.stringContaining("t2arec")],
  });
  await expect(openTensorboard(["--logdir", "x"], paths)).rejects.toThrow(/made from the stored runs/);
  vi.stubEnv("REPRISE_RUNS", join(folder, "empty"));
  await expect(openTensorboard([], paths)).rejects.toThrow(`there are no runs in ${join(folder, "empty")}`);
  expect(installs(paths.root)).toBe(0);
});

it("the command line takes options with -- and without", () => {
  const { root } = projectPaths();
  const told = (...args: string[]) =>
    spawnSync(process.execPath, [join(root, "scripts/reprise.cjs"), "tensorboard", ...args], {
      encoding: "utf8",
      env: { ...process.env, REPRISE_RUNS: join(folder, "empty") },
    }).stderr;
  for (const args of [
    ["--port", "6007"],
    ["--", "--port", "6007"],
    ["t2arec", "--port", "6007"],
  ])
    expect(told(...args)).toMatch(/^✗ there are no runs in /);
});
