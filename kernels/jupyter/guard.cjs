/**
 * The kernel's second thread, alive while the first one is busy: it hears of interrupts from the launcher, and of the
 * launcher's end.
 *
 * The launcher writes one byte a request into the pipe; the pipe closes when the launcher ends, however it ends.
 */
const net = require("node:net");
const { parentPort, workerData } = require("node:worker_threads");

const { state, pipe } = workerData;
const breakAfter = 1000; // ms: how long a cell has to stop by itself

function interrupt() {
  const cell = Atomics.load(state, 1);
  if (cell === 0) return;
  Atomics.store(state, 0, 1);
  parentPort.postMessage("interrupt");
  const timer = setInterval(() => {
    if (Atomics.load(state, 0) === 1 && Atomics.load(state, 1) === cell) process.kill(process.pid, "SIGINT");
    else clearInterval(timer);
  }, breakAfter);
}

// A socket, not a file stream: a blocked read would keep the process from exiting.
const requests = new net.Socket({ fd: pipe, readable: true, writable: false });
requests.on("data", interrupt);
requests.on("error", () => {}); // followed by "close"
requests.on("close", () => process.kill(process.pid, "SIGKILL"));
