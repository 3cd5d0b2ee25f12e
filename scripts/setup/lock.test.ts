import { existsSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import path from "node:path";
import { expect, it } from "vitest";
import { acquireLock } from "./lock.cjs";
import { temporaryFolder } from "./testing";

const DEAD = 2 ** 22 + 1; // beyond the largest process number of Linux and macOS

function holder(changes: object = {}): string {
  return JSON.stringify({ token: "other", pid: process.pid, host: hostname(), ...changes });
}

it("a second one waits until the first lets go", async () => {
  const file = path.join(temporaryFolder(), "lock");
  const order: string[] = [];
  const release = await acquireLock(file, { pollMs: 5 });
  const second = acquireLock(file, { pollMs: 5, onWait: ({ pid }) => order.push(`waits for ${pid}`) });
  await new Promise((resolve) => setTimeout(resolve, 40));
  order.push("first lets go");
  release();
  (await second)();
  expect(order).toEqual([`waits for ${process.pid}`, "first lets go"]);
  expect(existsSync(file)).toBe(false);
});

it("never are two inside", async () => {
  const file = path.join(temporaryFolder(), "lock");
  let inside = 0;
  let most = 0;
  const enter = async () => {
    const release = await acquireLock(file, { pollMs: 1 });
    most = Math.max(most, ++inside);
    await new Promise((resolve) => setTimeout(resolve, 3));
    inside--;
    release();
  };
  writeFileSync(file, holder({ pid: DEAD }));
  await Promise.all(Array.from({ length: 12 }, enter));
  expect(most).toBe(1);
});

it("a dead process's lock is taken over, and so is a broken or a silent one", async () => {
  const file = path.join(temporaryFolder(), "lock");
  const longAgo = new Date(Date.now() - 3_600_000);
  for (const [content, isOld] of [
    [holder({ pid: DEAD }), false],
    [holder({ host: "another machine" }), true],
    ["{ half", true],
  ] as const) {
    writeFileSync(file, content);
    if (isOld) utimesSync(file, longAgo, longAgo);
    const release = await acquireLock(file, { pollMs: 1 });
    expect(JSON.parse(readFileSync(file, "utf8")).pid).toBe(process.pid);
    release();
  }
});

it("another machine's fresh lock is waited for, whatever runs here under its process number", async () => {
  const file = path.join(temporaryFolder(), "lock");
  writeFileSync(file, holder({ pid: DEAD, host: "another machine" }));
  const started = Date.now();
  const release = await acquireLock(file, { pollMs: 5, staleMs: 80 });
  expect(Date.now() - started).toBeGreaterThanOrEqual(60);
  release();
});
