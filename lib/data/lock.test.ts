import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { withLock } from "./lock";
import { withTemporaryFolder } from "./testing";

it("lets one holder in at a time and frees the lock, also after an error", async () => {
  await withTemporaryFolder(async (folder) => {
    const path = join(folder, "deep", "lock");
    let inside = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++inside);
      await new Promise((resume) => setTimeout(resume, 10));
      inside--;
    };
    await Promise.all([1, 2, 3].map(() => withLock(path, work, { interval: 2 })));
    expect(most).toBe(1);
    await expect(withLock(path, () => Promise.reject(new Error("inside")))).rejects.toThrow("inside");
    expect(existsSync(path)).toBe(false);
  });
});

it("takes over from a process that is gone, and gives up on one that lives", async () => {
  await withTemporaryFolder(async (folder) => {
    const path = join(folder, "lock");
    const gone = spawnSync(process.execPath, ["-e", "0"]).pid;
    mkdirSync(path);
    writeFileSync(join(path, "pid"), String(gone));
    expect(await withLock(path, async () => "done", { interval: 2 })).toBe("done");

    mkdirSync(path);
    utimesSync(path, 1, 1); // a holder that died before it wrote its id
    expect(await withLock(path, async () => "done", { interval: 2 })).toBe("done");

    mkdirSync(path);
    writeFileSync(join(path, "pid"), String(process.pid));
    const refused = withLock(path, async () => "done", { interval: 2, timeout: 20 });
    await expect(refused).rejects.toThrow(/Another process has held the lock/);
  });
});
