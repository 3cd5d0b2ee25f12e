/*
 * A sweep of eight short runs with two workers, as a program of its own that a test can kill:
 * `node --require tsx/cjs toySweep.ts STORE`. Prints the table of results when all of them are there.
 */
import { resolveConfig } from "../configuration";
import { planRuns } from "../plan";
import { RunStore } from "../store";
import { sweep } from "../sweep";
import { experiment } from "./toy";

/** Steps of a run, and what it waits between two of them: long enough to be killed on the way. */
const STEPS = { epochs: 100, pause: 10 };

async function main(folder: string): Promise<void> {
  const store = new RunStore(folder);
  const config = { ...resolveConfig("toy", experiment.configuration, "cpu"), ...STEPS };
  const configurations = experiment.ablations.rates.variants.map(({ label, change }) => ({
    label,
    config: { ...config, ...change },
  }));
  const runs = planRuns(experiment, configurations, [1, 2], "toy");
  const { failed } = await sweep(runs, { store, jobs: 2 });
  if (failed.length > 0) throw new Error(failed[0].message);
  const rows = runs.map(({ id, label }) => {
    const run = store.read("toy", id)!;
    return `${label} ${JSON.stringify(run.metrics)} ${run.array("values").join(" ")}`;
  });
  console.log(rows.join("\n"));
}

main(process.argv[2]).catch((error: Error) => {
  console.error(error.stack);
  process.exitCode = 1;
});
