import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { Progress } from "./progress.cjs";
import { runSteps, stateOf } from "./runner.cjs";
import { temporaryFolder, writeFiles } from "./testing";

// The class that the runner has: an import would make a second one.
const { SetupError } = createRequire(__filename)("./remedies.cjs") as typeof import("./remedies.cjs");

type Step = Parameters<typeof runSteps>[0][number];

function project() {
  const root = temporaryFolder();
  const said: string[] = [];
  const progress = new Progress({ write: (text) => said.push(text) });
  const surroundings = { root, stateFolder: path.join(root, ".setup"), progress, freeBytes: () => 1e12 };
  return { root, said, surroundings };
}

/** A step that copies its input, `<name>.in`, to its output, `<name>/out`, and counts how often it did. */
function copyStep(root: string, name: string, more: Partial<Step> = {}): Step & { ran: number } {
  const source = path.join(root, `${name}.in`);
  const home = path.join(root, name);
  const step: Step & { ran: number } = {
    ran: 0,
    name,
    title: `Step ${name}`,
    size: "small",
    bytes: 10,
    home,
    fingerprint: () => readFileSync(source, "utf8"),
    isThere: () => existsSync(path.join(home, "out")),
    run: async () => {
      step.ran++;
      writeFiles(home, { out: readFileSync(source, "utf8") });
      return "copied";
    },
    ...more,
  };
  return step;
}

describe("steps", () => {
  it("run once, and again where what they depend on has changed or what they made is gone", async () => {
    const { root, surroundings } = project();
    writeFiles(root, { "a.in": "1", "b.in": "1" });
    const [a, b] = [copyStep(root, "a"), copyStep(root, "b")];
    expect(await runSteps([a, b], surroundings)).toEqual({ did: ["a", "b"], failed: [] });
    expect(await runSteps([a, b], surroundings)).toEqual({ did: [], failed: [] });
    writeFiles(root, { "b.in": "2" });
    expect((await runSteps([a, b], surroundings)).did).toEqual(["b"]);
    rmSync(path.join(root, "a"), { recursive: true });
    expect((await runSteps([a, b], surroundings)).did).toEqual(["a"]);
    expect([a.ran, b.ran]).toEqual([2, 2]);
  });

  it("run again where an input changed while they were at work", async () => {
    const { root, surroundings } = project();
    writeFiles(root, { "a.in": "1" });
    const a = copyStep(root, "a");
    const run = a.run;
    a.run = async (tools) => {
      const outcome = await run(tools);
      writeFiles(root, { "a.in": "changed meanwhile" });
      return outcome;
    };
    await runSteps([a], surroundings);
    expect(stateOf(a, surroundings.stateFolder)).toBe("stale");
  });

  it("take over what was made by hand where it is as it should be", async () => {
    const { root, said, surroundings } = project();
    writeFiles(root, { "a.in": "1", "a/out": "by hand" });
    const a = copyStep(root, "a", { adopt: () => true });
    expect((await runSteps([a], surroundings)).did).toEqual([]);
    expect(said.join("")).toMatch(/\[1\/1\] Step a: found as it should be/);
    expect(stateOf(a, surroundings.stateFolder)).toBe("ready");
  });

  it("that fail stop the set-up, keep what was done before, and are tried again", async () => {
    const { root, said, surroundings } = project();
    writeFiles(root, { "a.in": "1", "b.in": "1" });
    const a = copyStep(root, "a");
    const b = copyStep(root, "b", { run: () => Promise.reject(new SetupError("no luck", ["try"])) });
    await expect(runSteps([a, b], surroundings)).rejects.toThrow("no luck");
    expect(said.join("")).toMatch(/Step b \(small\): FAILED/);
    expect((await runSteps([a, copyStep(root, "b")], surroundings)).did).toEqual(["b"]);
    expect(a.ran).toBe(1);
  });

  it("that are optional fail loudly, and the rest goes on", async () => {
    const { root, said, surroundings } = project();
    writeFiles(root, { "a.in": "1", "b.in": "1" });
    const a = copyStep(root, "a", {
      optional: true,
      run: () => Promise.reject(new SetupError("does not compile", ["read the log"])),
    });
    expect(await runSteps([a, copyStep(root, "b")], surroundings)).toEqual({ did: ["b"], failed: ["a"] });
    expect(said.join("")).toMatch(/!!!!\nStep a: does not compile\n {2}→ read the log\n!!!!/);
  });

  it("tell all that is missing at once, before any of them starts", async () => {
    const { root, surroundings } = project();
    writeFiles(root, { "a.in": "1", "b.in": "1" });
    const lacks = (what: string) => ({ missing: () => [new SetupError(what, [])] });
    const a = copyStep(root, "a", lacks("no Python"));
    const b = copyStep(root, "b", lacks("no compiler"));
    const error = await runSteps([a, b], { ...surroundings, freeBytes: () => 15 }).catch((thrown) => thrown);
    expect(error.errors.map((one: Error) => one.message)).toEqual([
      "no Python",
      "no compiler",
      "the disk has 15 B free, and 20 B are needed (Step a, Step b)",
    ]);
    expect(a.ran).toBe(0);
  });

  it("hand on their programs' output by lines, and keep it in a log", async () => {
    const { root, surroundings } = project();
    writeFiles(root, { "a.in": "1" });
    const lines: string[] = [];
    const script = 'console.log("one\\ntwo"); process.stderr.write("half"); process.exitCode = 3';
    const a = copyStep(root, "a", {
      run: async ({ run }) => {
        const ended = await run(process.execPath, ["-e", script], { onLine: (line) => lines.push(line) });
        return `code ${ended.code}`;
      },
    });
    await runSteps([a], surroundings);
    expect(lines.sort()).toEqual(["half", "one", "two"]);
    expect(readFileSync(path.join(root, ".setup/a.log"), "utf8")).toMatch(/^\$ .*\n[^$]*two\n/);
  });
});

/** A set-up in a process of its own, whose second step starts a program that writes half of its output and hangs, if `hang` is there. */
function startSetup(root: string): ChildProcess {
  const program = `
    const { runSteps } = require(${JSON.stringify(path.resolve(__dirname, "runner.cjs"))});
    const { Progress } = require(${JSON.stringify(path.resolve(__dirname, "progress.cjs"))});
    const fs = require("fs"), path = require("path"), root = ${JSON.stringify(root)};
    const at = (...names) => path.join(root, ...names);
    const step = (name, script) => ({
      name, title: name, size: "", bytes: 1, home: at(name), fingerprint: () => "1", isThere: () => fs.existsSync(at(name, "out")),
      discard: () => { fs.appendFileSync(at("discarded"), name); fs.rmSync(at(name), { recursive: true, force: true }); },
      run: async ({ run }) => {
        fs.appendFileSync(at("ran"), name);
        fs.mkdirSync(at(name), { recursive: true });
        await run(process.execPath, ["-e", script, at(name, "out"), at("hang")]);
        return "made";
      },
    });
    const write = "const fs = require('fs'), [, out, hang] = process.argv; fs.writeFileSync(out, 'ha');";
    const hang = "fs.writeFileSync(hang + '.pid', String(process.pid)); if (fs.existsSync(hang)) setInterval(() => {}, 1000); else fs.appendFileSync(out, 'lf');";
    const steps = [step("a", write + "fs.appendFileSync(out, 'lf')"), step("b", write + hang)];
    runSteps(steps, { root, stateFolder: at(".setup"), progress: new Progress(), freeBytes: () => 1e12 });
  `;
  return spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 400 && !condition(); i++) await new Promise((resolve) => setTimeout(resolve, 25));
  expect(condition()).toBe(true);
}

const ended = (child: ChildProcess) => new Promise<number | null>((resolve) => child.on("close", resolve));

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe("a killed set-up", () => {
  it.each(["SIGKILL", "SIGTERM", "SIGINT"] as const)(
    "by %s goes on where it was, without what was half-made",
    async (signal) => {
      const root = temporaryFolder();
      writeFileSync(path.join(root, "hang"), "");
      const first = startSetup(root);
      const pidFile = path.join(root, "hang.pid");
      await until(() => existsSync(pidFile) && existsSync(path.join(root, ".setup/child.json")));
      const program = Number(readFileSync(pidFile, "utf8"));
      const firstEnded = ended(first);
      first.kill(signal);
      await firstEnded;
      rmSync(path.join(root, "hang"));
      expect(readFileSync(path.join(root, "b/out"), "utf8")).toBe("ha");

      expect(await ended(startSetup(root))).toBe(0);
      expect(isAlive(program)).toBe(false);
      expect(readFileSync(path.join(root, "b/out"), "utf8")).toBe("half");
      expect(readFileSync(path.join(root, "ran"), "utf8")).toBe("abb");
      expect(readFileSync(path.join(root, "discarded"), "utf8")).toBe("b");
    },
  );

  it("and two at once: the second waits and finds everything done", async () => {
    const root = temporaryFolder();
    const codes = await Promise.all([startSetup(root), startSetup(root)].map(ended));
    expect(codes).toEqual([0, 0]);
    expect(readFileSync(path.join(root, "ran"), "utf8")).toBe("ab");
  });
});
