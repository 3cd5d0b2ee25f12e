/*
 * A run over made-up problems, as a program of its own that a test can kill: `node --require tsx/cjs killedRun.ts LOG`. Says "drawn" when all is done.
 */
import { systemClock } from "../../../llm/chat";
import { ableModel, madeUpSet, TEST_SETTINGS } from "../testing";
import { inProcessBackend } from "./inProcess";
import { drawSamples } from "./run";
import { withSampleLog } from "./sampleLog";

/** Milliseconds that a sample takes: long enough to be killed on the way. */
const PAUSE = 10;

async function main(path: string): Promise<void> {
  const sets = [madeUpSet("EN", 5), madeUpSet("ZH", 5)];
  const model = ableModel(sets, () => ({ right: 0.5 }), {
    pause: (_, signal) => systemClock.sleep(PAUSE, signal),
  });
  const run = { sets, samples: 8, settings: TEST_SETTINGS };
  await withSampleLog(path, (log) => drawSamples(run, inProcessBackend(model), log, { concurrency: 1 }));
  console.log("drawn");
}

main(process.argv[2]).catch((error: Error) => {
  console.error(error.stack);
  process.exitCode = 1;
});
