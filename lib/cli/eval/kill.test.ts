import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { projectPaths } from "../paths";
import { able, evalScene, mockServer } from "./testing";

const { root } = projectPaths();
/** Milliseconds that a sample takes. */
const PAUSE = 15;
/** To start a command on a busy machine. */
const MOST_MILLISECONDS = 300_000;

it("npx reprise eval, killed, goes on where it was", { timeout: MOST_MILLISECONDS }, async () => {
  const slow = { ...able, complete: pausing };
  async function* pausing(...asked: Parameters<typeof able.complete>) {
    await sleep(PAUSE);
    yield* able.complete(...asked);
  }
  await evalScene(async ({ url, set, folder, log, run, samples }) => {
    const typed = ["--model", url, "--set", set, "--n", "6", "--max-tokens", "50", "--concurrency", "1"];
    const lines = () => (existsSync(log) ? readFileSync(log, "utf8").split("\n").length - 1 : 0);
    const child: ChildProcess = spawn(
      process.execPath,
      [join(root, "scripts/reprise.cjs"), "eval", "olymmath", ...typed, "--out", join(folder, "out")],
      { cwd: root, stdio: ["ignore", "ignore", "inherit"] },
    );
    const ended = new Promise((resolve) => child.once("close", (_, signal) => resolve(signal)));
    while (child.exitCode === null && lines() < 5) await sleep(2);
    child.kill("SIGKILL");
    expect(await ended).toBe("SIGKILL");
    const before = lines();
    expect(before).toBeLessThan(48);
    expect((await run({ n: "6" })).code).toBe(0);
    const all = await samples();
    expect(all).toHaveLength(48);
    expect(new Set(all.map(({ key }) => key)).size).toBe(48);
    await evalScene(async (other) => {
      await other.run({ n: "6" });
      expect(all).toEqual(await other.samples());
    });
  }, mockServer(slow));
});
