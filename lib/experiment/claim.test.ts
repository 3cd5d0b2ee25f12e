import { type ChildProcess, fork, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { claim, holderOf } from "./claim";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(os.tmpdir(), "claims-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const exited = (child: ChildProcess) => new Promise((resolve) => child.once("exit", resolve));

test("one claim at a time; a released one is free, and leaves no file", () => {
  const first = claim(folder, "run");
  expect(claim(folder, "run")).toMatchObject({ heldBy: { pid: process.pid } });
  expect(claim(folder, "run2")).toHaveProperty("release");
  expect(holderOf(folder, "run")).toMatchObject({ pid: process.pid });
  if ("release" in first) first.release();
  expect(holderOf(folder, "run")).toBeUndefined();
  const again = claim(folder, "run");
  expect(again).toHaveProperty("release");
  if ("release" in again) again.release();
  expect(readdirSync(folder).filter((name) => name.startsWith("run."))).toEqual([]);
});

test("a killed process's claim is taken over at once, by one of many", async () => {
  const program = (body: string) =>
    `const { claim } = require(${JSON.stringify(join(__dirname, "claim.ts"))}); ${body}`;
  const options = { execArgv: ["--import", "tsx"], cwd: join(__dirname, "..", "..") };
  const file = join(folder, "holder.cjs");
  writeFileSync(
    file,
    program(`claim(${JSON.stringify(folder)}, "run"); process.send("held"); setInterval(() => {}, 1000);`),
  );
  const holder = fork(file, options);
  await new Promise((resolve) => holder.once("message", resolve));
  expect(claim(folder, "run")).toMatchObject({ heldBy: { pid: holder.pid } });

  const rivalFile = join(folder, "rival.cjs");
  writeFileSync(
    rivalFile,
    program(
      `process.on("message", () => { const got = claim(${JSON.stringify(folder)}, "run"); process.send("release" in got); }); process.send("ready"); setInterval(() => {}, 1000);`,
    ),
  );
  const rivals = [1, 2, 3].map(() => fork(rivalFile, options));
  await Promise.all(rivals.map((rival) => new Promise((resolve) => rival.once("message", resolve))));
  holder.kill("SIGKILL");
  await exited(holder);
  const answers = rivals.map(
    (rival) => new Promise<boolean>((resolve) => rival.once("message", (got) => resolve(got as boolean))),
  );
  for (const rival of rivals) rival.send("go");
  expect((await Promise.all(answers)).filter(Boolean)).toHaveLength(1);
  for (const rival of rivals) rival.kill("SIGKILL");
}, 60_000);

test("a number that another process has now does not keep a claim alive", async () => {
  const other = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  writeFileSync(
    join(folder, "run.1"),
    JSON.stringify({ host: os.hostname(), pid: other.pid, started: "long ago" }),
  );
  expect(claim(folder, "run")).toHaveProperty("release");
  other.kill("SIGKILL");
  await exited(other);
});

test("a claim of another machine holds, and a broken one is named", () => {
  writeFileSync(join(folder, "run.1"), JSON.stringify({ host: "elsewhere", pid: 1, started: "now" }));
  expect(claim(folder, "run")).toMatchObject({ heldBy: { host: "elsewhere" } });
  writeFileSync(join(folder, "other.1"), "{");
  expect(() => claim(folder, "other")).toThrow(/other\.1 is no claim of a run: delete it/);
});
