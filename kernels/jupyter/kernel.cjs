/**
 * The kernel itself: tslab, mended, serving the project's notebooks. Started by launcher.cjs.
 *
 *     node kernel.cjs <connection file> <pipe>
 *
 * Its working directory is the project, so that a notebook imports from "./lib/..." wherever it lies itself.
 */
const path = require("node:path");
const { Worker } = require("node:worker_threads");

const root = path.resolve(__dirname, "../..");

function main(connectionFile, pipe) {
  process.chdir(root);
  process.env.REPRISE_KERNEL = "1"; // tells lib/notebook that displays have a cell to go to
  require("./mends/index.cjs").install(path.dirname(require.resolve("tslab/dist/main")));

  const { state } = require("./interrupt.cjs");
  const guard = new Worker(path.join(__dirname, "guard.cjs"), { workerData: { state, pipe } });
  guard.unref();

  const jupyter = require("tslab/dist/jupyter");
  const { createExecutor } = require("./executor.cjs");
  const { createServer } = require("./server.cjs");
  require("./positions.cjs").install();

  const executor = createExecutor(root);
  const server = createServer(jupyter, executor, connectionFile, root, () => {
    server.close();
    // The sockets linger until the answer is out; what a cell left running ends here.
    setTimeout(() => process.exit(0), 100);
  });

  guard.on("message", () => executor.interrupt());
  process.on("SIGINT", () => {}); // the guard's, come too late: no cell is running any more
  process.on("uncaughtException", (error) => server.report(error));
  process.on("unhandledRejection", (reason) => server.report(reason));
  process.on("rejectionHandled", () => {}); // reported already: without a listener Node warns in the cell's output
  return server.init();
}

try {
  const [connectionFile, pipe] = process.argv.slice(2);
  main(connectionFile, Number(pipe)).catch((error) => {
    console.error(error);
    process.exit(1);
  });
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
