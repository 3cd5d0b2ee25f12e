import { spawn } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { createRandom } from "../../../data/random";
import { projectRoot } from "../../../data/root";
import { withTemporaryFolder } from "../../../data/testing";
import { samplesOf } from "../testing";

const KILLS = 6;

function start(path: string) {
  const child = spawn(process.execPath, ["--require", "tsx/cjs", join(__dirname, "killedRun.ts"), path], {
    cwd: projectRoot(),
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<boolean>((resolve) => child.once("close", (code) => resolve(code === 0)));
  return { child, ended };
}

const sizeOf = (path: string) => (existsSync(path) ? statSync(path).size : 0);

it("killed again and again, a run leaves the very log of one that was let alone", async () => {
  await withTemporaryFolder(async (folder) => {
    const [whole, path] = [join(folder, "whole.jsonl"), join(folder, "killed.jsonl")];
    const untouched = start(whole);
    const random = createRandom(5);
    let inTheMiddle = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const before = sizeOf(path);
      const { child, ended } = start(path);
      while (child.exitCode === null && sizeOf(path) === before) await sleep(2);
      await Promise.race([ended, sleep(random.integer(80))]);
      child.kill("SIGKILL");
      if (!(await ended) && sizeOf(path) > before) inTheMiddle++;
    }
    expect(inTheMiddle).toBeGreaterThan(KILLS / 2);
    expect((await samplesOf(path)).length).toBeLessThan(80);
    expect(await start(path).ended).toBe(true);
    expect(await untouched.ended).toBe(true);
    expect(await samplesOf(whole)).toHaveLength(80);
    expect(await samplesOf(path)).toEqual(await samplesOf(whole));
  });
});
