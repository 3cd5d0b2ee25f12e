import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root, TestKernel } from "./testing/kernel";

let kernel: TestKernel;
const probes = join(root, "kernels/jupyter/build", `interrupt-${process.pid}`);

beforeAll(async () => {
  mkdirSync(probes, { recursive: true });
  kernel = await TestKernel.start(tmpdir());
  await kernel.execute("let survived = 1;");
});

afterAll(async () => {
  await kernel?.close();
  rmSync(probes, { recursive: true, force: true });
});

/** Runs a cell, interrupts it once it runs, and checks that the kernel goes on. Returns what the cell printed meanwhile. */
async function interrupted(code: string): Promise<string> {
  const [, imports, body] = /^((?:import .*\n)*)([\s\S]*)$/.exec(code) ?? [];
  const outcome = await kernel.execute(`${imports}console.log("running");\n${body}`, {
    interruptOn: "running\n",
  });
  expect(outcome.error.ename).toBe("KeyboardInterrupt");
  expect(outcome.reply).toMatchObject({ status: "error", ename: "KeyboardInterrupt" });
  expect((await kernel.execute("survived")).value).toBe("1");
  return outcome.text().replace("running\n", "");
}

describe("an interrupt ends", () => {
  test("an endless loop", () => interrupted("for (;;) {}"));

  test("an endless loop after an await", () => interrupted("await null;\nfor (;;) {}"));

  test("an endless loop in an async function of the library, after an await", async () => {
    writeFileSync(
      join(probes, "loop.ts"),
      "export async function loop() {\n  await null;\n  for (;;) {}\n}\n",
    );
    await interrupted(
      `import { loop } from "./kernels/jupyter/build/interrupt-${process.pid}/loop";\nawait loop();`,
    );
  });

  test("a loop of awaits that never lets the event loop turn, with its `finally`", async () => {
    const printed = await interrupted(
      "const spin = async () => { try { for (;;) await null; } finally { console.log('cleaned'); } };\nawait spin();",
    );
    expect(printed).toBe("cleaned\n");
  });

  test("waiting, at the await, with its `finally`", async () => {
    const printed = await interrupted(
      "try {\n  await new Promise(() => {});\n} finally {\n  console.log('cleaned');\n}",
    );
    expect(printed).toBe("cleaned\n");
  });

  test("an async generator that waits", () =>
    interrupted(
      "async function* g() { for (;;) { await new Promise(() => {}); yield 1; } }\nfor await (const _ of g()) {}",
    ));

  test("work that goes on in the background of the cell", async () => {
    await interrupted(
      "let ticks = 0;\nconst work = async () => { for (;;) { ticks += 1; await new Promise((r) => setTimeout(r, 5)); } };\nawait Promise.all([work(), new Promise(() => {})]);",
    );
    const first = (await kernel.execute("await new Promise((r) => setTimeout(r, 20)); ticks")).value;
    expect((await kernel.execute("await new Promise((r) => setTimeout(r, 60)); ticks")).value).toBe(first);
  });

  test("tensor operations, with their tidy", async () => {
    const first = await kernel.execute(
      'import * as tf from "@tensorflow/tfjs"; await tf.setBackend("cpu"); tf.scalar(1).dispose(); const tensors = () => [tf.memory().numTensors, tf.engine().state.scopeStack.length, tf.engine().state.gradientDepth]; tensors()',
    );
    await interrupted("for (;;) tf.tidy(() => void tf.grad((x) => x.square().sum())(tf.ones([100])));");
    expect((await kernel.execute("tensors()")).value).toBe(first.value);
  });

  test("a tidy that computes in JavaScript: the engine is put back", async () => {
    const before = (await kernel.execute("tensors()")).value;
    await interrupted("tf.tidy(() => { const t = tf.ones([10]); for (;;) {} });");
    expect((await kernel.execute("tensors()")).value).toBe(before);
  });
});

test("an interrupt between cells does nothing", async () => {
  await kernel.interrupt();
  await new Promise((done) => setTimeout(done, 300)); // the signal has arrived
  expect((await kernel.execute("await new Promise((r) => setTimeout(r, 30)); 2")).value).toBe("2");
});

test("cells queued behind an interrupted one are aborted", async () => {
  const [, second] = await kernel.queue(["throw new Error('as an interrupt does')", "survived"]);
  expect(second.reply.status).toBe("aborted");
});
