import { execFileSync } from "node:child_process";
import os from "node:os";
import path from "node:path";
import { findManifest } from "../../lib/data/manifest";
import { locateDataset } from "../../lib/data/store";
import { formatLoadFigures, LOAD_MODES, type LoadFigures, type LoadMode } from "./figures";

const DATASET = "smollm2-135m-instruct";

/**
 * `npx tsx bench/languageModel/loading.ts`: loads the model file of a data set with its weights expanded and quantised, each in a fresh process, and prints
 * time and memory. Where the file is not on this machine it says so and measures nothing.
 */
async function main(): Promise<void> {
  const manifest = findManifest(DATASET);
  const located = await locateDataset(manifest);
  if (located === undefined) {
    console.log(
      `skipped: the data set ${DATASET} is not on this machine; "npx reprise data fetch ${DATASET}" gets it.`,
    );
    return;
  }
  const threads = process.env.REPRISE_THREADS ?? String(os.availableParallelism());
  console.log(`${manifest.title}, ${threads} threads, Node ${process.version}`);
  const figures = Object.fromEntries(
    LOAD_MODES.map((mode) => [mode, measure(located.paths.model!, mode, threads)] as const),
  ) as Record<LoadMode, LoadFigures>;
  console.log(formatLoadFigures(figures));
}

function measure(file: string, mode: LoadMode, threads: string): LoadFigures {
  const script = path.join(__dirname, "loadOnce.ts");
  const output = execFileSync(process.execPath, ["--require", "tsx/cjs", script, file, mode], {
    encoding: "utf8",
    env: { ...process.env, REPRISE_THREADS: threads },
    stdio: ["ignore", "pipe", "inherit"],
  });
  return JSON.parse(output) as LoadFigures;
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
