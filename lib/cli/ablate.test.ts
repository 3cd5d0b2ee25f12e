import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RunStore } from "../experiment/store";
import { QUICK_START } from "../experiment/testing/quickStart";
import { projectPaths } from "./paths";

const { root } = projectPaths();

let folder: string;
let env: NodeJS.ProcessEnv;
beforeEach(() => {
  folder = mkdtempSync(join(os.tmpdir(), "ablate-"));
  env = {
    ...process.env,
    REPRISE_RUNS: join(folder, "runs"),
    NODE_OPTIONS: QUICK_START,
  };
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Node's arguments for the command on the toy experiment, with its own ending. */
function onToy(options: object): string[] {
  const program = `
    const { experiment } = require("./lib/experiment/testing/toy.ts");
    require("./lib/cli/ablate.ts").ablate(experiment, "rates", ${JSON.stringify(options)})
      .then((code) => { process.exitCode = code; });`;
  return ["--require", "tsx/cjs", "--eval", program];
}

function ablateToy(options: object) {
  const told = spawnSync(process.execPath, onToy({ seeds: "1", ...options }), {
    encoding: "utf8",
    cwd: root,
    env,
  });
  return { code: told.status, out: told.stdout, err: told.stderr };
}

const store = () => new RunStore(env["REPRISE_RUNS"]);
const figures = () => join(folder, "runs", "figures", "toy");

it("says what is missing, makes it once, and shows it as a table and a figure", () => {
  const plan = ablateToy({ preset: "smoke", dryRun: true });
  expect(plan).toMatchObject({ code: 0, err: "" });
  expect(plan.out).toMatch(/^missing {2}[0-9a-f]{16} {2}slope 3.5, seed 1\n/);
  expect(plan.out).toMatch(/4 of 4 runs are missing\.\n$/);
  expect(existsSync(env["REPRISE_RUNS"]!)).toBe(false);

  const made = ablateToy({ preset: "smoke", jobs: "2", parameter: ["epochs=3"] });
  expect(made.err).toMatch(/✓ slope 3\.5, seed 1 {2}0:0\d\n[\s\S]*Runs: 4 made\.\n$/);
  expect(made.code).toBe(0);
  expect(made.out).toContain("The logistic map: Slopes (smoke, epochs=3, seeds 1)");
  expect(made.out).toMatch(/^variant +final +mean +runs\n[- ]+\nslope 3\.5 +0\.\d{4} +0\.\d{4} +1\n/m);
  expect(readdirSync(figures()).sort()).toEqual(["rates-smoke.json", "rates-smoke.png", "rates-smoke.svg"]);
  expect(readFileSync(join(figures(), "rates-smoke.svg"), "utf8")).toContain("smoke preset, epochs=3");
  expect(store().list()).toHaveLength(4);

  const again = ablateToy({ preset: "smoke", parameter: ["epochs=3"] });
  expect(again.err).toBe("Runs: 0 made, 4 stored before.\n");
  expect(again.out).toBe(made.out);

  store().remove("toy", store().list()[0].id);
  rmSync(figures(), { recursive: true });
  const partial = ablateToy({ preset: "smoke", parameter: ["epochs=3"], memory: "10M" });
  expect(partial.code).toBe(1);
  expect(partial.err).toMatch(/Runs: 0 made, 3 stored before, 1 failed\.\n✗ slope 3\.\d, seed 1 \(/);
  expect(partial.err).toMatch(/ {4}It took 0\.\d\d GiB of memory, more than the 0\.01 GiB/);
  expect(partial.out).toMatch(/^slope 3\.\d +– +– +0$/m);
  expect(partial.out).toMatch(/No figure: 1 runs are missing\.\n$/);
  expect(existsSync(figures())).toBe(false);
}, 240_000);

it("a run that throws is told without its stack, and by which command it is shown", () => {
  const { code, out, err } = ablateToy({ preset: "smoke", parameter: ["fails=throws"] });
  expect(code).toBe(1);
  expect(out).toBe("");
  const id = /✗ slope 3\.5, seed 1 \(([0-9a-f]{16})\)/.exec(err)?.[1];
  expect(err).toContain(`    Error: half way is far enough\n    npx reprise runs show ${id} tells where\n`);
  expect(err).not.toMatch(/\n\s+at /);
}, 240_000);

describe("stopped", () => {
  const options = { seeds: "1", jobs: "2", parameter: ["epochs=100", "pause=80"] };
  const inWork = () =>
    existsSync(join(folder, "runs", "work")) ? readdirSync(join(folder, "runs", "work")) : [];
  /** Runs in the making that have a checkpoint. */
  const checkpoints = () =>
    inWork().filter((id) => existsSync(join(folder, "runs", "work", id, "checkpoint.safetensors")));

  function alive(pids: readonly string[]): string[] {
    const { stdout } = spawnSync("ps", ["-o", "pid=,stat=", "-p", pids.join(",")], { encoding: "utf8" });
    return stdout.split("\n").filter((line) => line !== "" && !/ Z/.test(line)); // a zombie has ended
  }

  /** Starts the command, and sends it signals when its workers are at it. */
  async function stopped(...signals: NodeJS.Signals[]) {
    const child = spawn(process.execPath, onToy(options), {
      cwd: root,
      env,
      stdio: ["ignore", "ignore", "pipe"],
    });
    let err = "";
    child.stderr.on("data", (text) => {
      err += text;
    });
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    while (checkpoints().length < 2) await sleep(50);
    const workers = spawnSync("pgrep", ["-P", String(child.pid)], { encoding: "utf8" }).stdout;
    for (const signal of signals) {
      child.kill(signal);
      await sleep(10);
    }
    const code = await ended;
    const pids = workers.trim().split("\n");
    for (let tries = 0; alive(pids).length > 0 && tries < 100; tries++) await sleep(50);
    return { code, err, workers: pids.length, orphans: alive(pids) };
  }

  it("by Ctrl-C: after the running steps, with nothing left over, and the same command goes on", async () => {
    const { code, err, workers, orphans } = await stopped("SIGINT");
    expect([code, workers, orphans]).toEqual([130, 2, []]);
    expect(err).toMatch(
      /Stopping after the running steps[\s\S]*Runs: 0 made, 4 left: the same command goes on/,
    );
    expect(readdirSync(join(folder, "runs", "claims"))).toEqual([]);
    expect(checkpoints()).toHaveLength(2);
    expect(existsSync(join(folder, "figures"))).toBe(false);
    const rest = ablateToy({ ...options, parameter: ["epochs=100", "pause=0"] }); // the pause is no part of what a run is
    expect(rest.code).toBe(0);
    expect(inWork()).toEqual([]);
    const lengths = store()
      .list()
      .map((run) => run.array("values").length);
    expect(lengths).toEqual([101, 101, 101, 101]);
  }, 240_000);

  it.each([
    [["SIGTERM"], 130],
    [["SIGINT", "SIGINT"], 130],
    [["SIGKILL"], null],
  ] as const)(
    "by %j no worker outlives it",
    async (signals, expected) => {
      const { code, workers, orphans } = await stopped(...signals);
      expect([code, workers, orphans]).toEqual([expected, 2, []]);
      expect(checkpoints()).toHaveLength(2);
      expect(store().failures()).toEqual([]);
    },
    240_000,
  );
});

it.each([
  [["t2ares"], /^✗ there is no experiment "t2ares"\n {2}→ did you mean t2arec\?/],
  [["t2arec"], /^✗ say which ablation of t2arec\n {2}→ [a-zA-Z]+: /],
  [["t2arec", "losses", "-p", "learningrate=1"], /^✗ .*no field "learningrate": did you mean learningRate/],
] as const)("%j is told without a stack", (args, message) => {
  const script = join(root, "scripts/reprise.cjs");
  const { status, stderr } = spawnSync(process.execPath, [script, "ablate", ...args], {
    encoding: "utf8",
    env,
  });
  expect(status).toBe(1);
  expect(stderr).toMatch(message);
  expect(stderr).not.toMatch(/\n\s+at /);
});
