import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root, TestKernel } from "./testing/kernel";

/** Whether a process is alive: a zombie, which nobody has waited for yet, is not. */
function lives(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

async function goneWithin(pids: readonly number[], milliseconds: number): Promise<boolean> {
  const end = Date.now() + milliseconds;
  while (pids.some(lives) && Date.now() < end) await new Promise((done) => setTimeout(done, 50));
  return !pids.some(lives);
}

test("a shutdown request is answered, and ends launcher and kernel though a cell's timer still runs", async () => {
  const kernel = await TestKernel.start(tmpdir());
  const pids = await kernel.pids();
  await kernel.execute("setInterval(() => { console.log('tick'); throw new Error('tick'); }, 10);");
  const { type, reply } = await kernel.request("shutdown_request", { restart: false }, "control");
  expect(type).toBe("shutdown_reply");
  expect(reply).toEqual({ status: "ok", restart: false });
  expect(await kernel.alive(3)).toBe(false);
  expect(await goneWithin(pids, 1000)).toBe(true);
  await kernel.close();
});

test.runIf(process.platform === "linux")(
  "the kernel ends with its client, killed while a cell computes without end",
  async () => {
    const kernel = await TestKernel.start(tmpdir());
    const pids = await kernel.pids();
    expect(pids.every(lives)).toBe(true);
    const busy = kernel.execute("for (;;) {}").catch(() => "gone");
    await new Promise((done) => setTimeout(done, 300));
    kernel.process.kill("SIGKILL");
    expect(await goneWithin(pids, 5000)).toBe(true);
    expect(await busy).toBe("gone");
  },
);

test("without a connection file the launcher says how it is called", () => {
  const { status, stderr } = spawnSync(process.execPath, [join(root, "kernels/jupyter/launcher.cjs")], {
    encoding: "utf8",
  });
  expect(status).toBe(2);
  expect(stderr).toContain("Usage: node launcher.cjs <connection file>");
});

test("a kernel that cannot start ends the launcher with the reason", async () => {
  const child = spawn(process.execPath, [join(root, "kernels/jupyter/launcher.cjs"), "/no/such/file.json"]);
  let errors = "";
  child.stderr.on("data", (data) => {
    errors += data;
  });
  const code = await new Promise((done) => child.on("close", done));
  expect(code).toBe(1);
  expect(errors).toContain("/no/such/file.json");
});
