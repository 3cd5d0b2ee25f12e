/**
 * What Jupyter starts, and signals: a small process that is never busy, with the kernel as its child.
 *
 *     node launcher.cjs <connection file>
 *
 * A kernel that computes cannot answer a signal. The launcher takes SIGINT and passes it down a pipe that a thread of
 * the kernel reads (guard.cjs). The pipe closes with the launcher, which ends the kernel; and the launcher ends when
 * its client does.
 */
const { spawn } = require("node:child_process");
const path = require("node:path");

const pollEvery = 1000; // ms

function main(connectionFile) {
  if (!connectionFile) {
    console.error("Usage: node launcher.cjs <connection file>. Jupyter calls this; see kernel.json.");
    process.exit(2);
  }
  const pipe = 3;
  const kernel = spawn(
    process.execPath,
    [path.join(__dirname, "kernel.cjs"), path.resolve(connectionFile), String(pipe)],
    {
      cwd: path.resolve(__dirname, "../.."),
      stdio: ["ignore", "inherit", "inherit", "pipe"],
      detached: true, // signals to Jupyter's process group are the launcher's to pass on
    },
  );
  const requests = kernel.stdio[pipe];
  requests.on("error", () => {}); // the kernel is gone; its exit is reported below

  kernel.on("error", (error) => {
    console.error(`Cannot start the kernel: ${error.message}`);
    process.exit(1);
  });
  kernel.on("exit", (code, signal) => {
    if (signal && signal !== "SIGKILL") console.error(`The kernel ended by ${signal}.`);
    process.exit(code ?? 1);
  });

  const end = () => {
    kernel.kill("SIGKILL");
    process.exit(0);
  };
  process.on("SIGINT", () => requests.write("i"));
  process.on("SIGTERM", end);
  process.on("SIGHUP", end);

  const isClientAlive = watchClient();
  setInterval(() => isClientAlive() || end(), pollEvery);
}

/** Tells whether the process that started the kernel, by itself or through a wrapper, still lives. */
function watchClient() {
  const parent = process.ppid;
  const client = Number(process.env.JPY_PARENT_PID ?? parent);
  return () => {
    if (client === parent) return process.ppid === parent;
    try {
      process.kill(client, 0);
      return true;
    } catch (error) {
      return error.code === "EPERM";
    }
  };
}

main(process.argv[2]);
