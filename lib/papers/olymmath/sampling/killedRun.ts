/*
 * A run over made-up problems, as a program of its own that a test can kill: `node --require tsx/cjs killedRun.ts LOG CONCURRENCY`. Says "ready" when it is
 * loaded, begins when it is told something, and says "drawn" when all is done.
 */
import { once } from "node:events";
import { systemClock } from "../../../llm/chat";
import { inProcessBackend } from "./inProcess";
import { KILLED_RUN, killedModel } from "./killedRuns";
import { drawSamples } from "./run";
import { withSampleLog } from "./sampleLog";

/** Milliseconds that a sample takes: long enough to be killed on the way. */
const PAUSE = 10;

async function main(path: string, concurrency: number): Promise<void> {
  const model = killedModel((_, signal) => systemClock.sleep(PAUSE, signal));
  console.log("ready");
  await once(process.stdin, "data");
  process.stdin.destroy();
  await withSampleLog(path, (log) => drawSamples(KILLED_RUN, inProcessBackend(model), log, { concurrency }));
  console.log("drawn");
}

main(process.argv[2], Number(process.argv[3])).catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
