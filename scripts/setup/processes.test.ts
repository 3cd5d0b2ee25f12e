import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { ask, endOrphan, runLogged, startTime } from "./processes.cjs";
import { fakePrograms, temporaryFolder } from "./testing";

function files() {
  const folder = temporaryFolder();
  return { cwd: folder, logFile: path.join(folder, "log"), childFile: path.join(folder, "child.json") };
}

describe("a program that is run", () => {
  it("is noted while it runs, and not after", async () => {
    const options = files();
    const noted: unknown[] = [];
    const onLine = () => noted.push(JSON.parse(readFileSync(options.childFile, "utf8")).pid);
    const { code } = await runLogged(process.execPath, ["-p", "process.pid"], { ...options, onLine });
    expect(code).toBe(0);
    expect(noted).toEqual([Number(readFileSync(options.logFile, "utf8").split("\n")[1])]);
    expect(existsSync(options.childFile)).toBe(false);
  });

  it("shows a line that is redrawn as lines", async () => {
    const lines: string[] = [];
    const script = "process.stdout.write('10%\\r20%\\r\\n30%')";
    await runLogged(process.execPath, ["-e", script], { ...files(), onLine: (line) => lines.push(line) });
    expect(lines).toEqual(["10%", "20%", "30%"]);
  });

  it("is ended early, with all that it started, where a line's reader says so", async () => {
    const onLine = () => false;
    const ended = await runLogged("/bin/sh", ["-c", "echo enough; sleep 60 & sleep 60"], {
      ...files(),
      onLine,
    });
    expect(ended).toMatchObject({ signal: "SIGKILL", output: "enough" });
  });

  it("that is not there is an error", async () => {
    await expect(runLogged("/nowhere/program", [], files())).rejects.toThrow("ENOENT");
  });
});

describe("what a killed set-up left running", () => {
  const sleeper = () => spawn("/bin/sleep", ["60"], { detached: true, stdio: "ignore" });
  const closed = (child: ChildProcess) =>
    new Promise((resolve) => child.on("close", (_, signal) => resolve(signal)));

  it("is ended", async () => {
    const { childFile } = files();
    const child = sleeper();
    writeFileSync(childFile, JSON.stringify({ pid: child.pid, started: startTime(child.pid as number) }));
    const end = closed(child);
    await endOrphan(childFile);
    expect(await end).toBe("SIGKILL");
    expect(existsSync(childFile)).toBe(false);
  });

  it("is left alone where the number belongs to another program by now", async () => {
    const { childFile } = files();
    const child = sleeper();
    writeFileSync(childFile, JSON.stringify({ pid: child.pid, started: "long ago" }));
    await endOrphan(childFile);
    const end = closed(child);
    child.kill("SIGTERM");
    expect(await end).toBe("SIGTERM");
  });
});

it("a program that fails, or is not there, gives no answer", () => {
  const folder = fakePrograms({ good: "echo yes", bad: "echo no; exit 1" });
  expect(ask(path.join(folder, "good"), [])).toBe("yes");
  expect(ask(path.join(folder, "bad"), [])).toBeUndefined();
  expect(ask("/nowhere/program", [])).toBeUndefined();
});
