import { parseArgs } from "node:util";
import { mean, pairedBootstrap, standardDeviation } from "../../lib/experiment/statistics";
import { spread } from "../statistics";
import { type Measurement, ndcgByUser, readMeasurements } from "./measurement";

/** No further apart may the means be, whatever the interval says. */
const LARGEST_DIFFERENCE = 0.008;

/** Our time over RecBole's may be at most: of a SASRec step a half, of a GRU4Rec epoch the whole. */
const LARGEST_TIME = { SASRec: 0.5, GRU4Rec: 1 } as const;

export interface Comparison {
  readonly lines: readonly string[];
  readonly agrees: boolean;
}

/**
 * Test NDCG@10 of our trainings against RecBole's: they agree when 0 lies inside the 95% interval of a bootstrap over
 * users and seeds, and the means are no more than 0.008 apart.
 */
export function compareRanks(
  model: string,
  ours: readonly Measurement[],
  theirs: readonly Measurement[],
): Comparison {
  const users = Object.keys(theirs[0].testRanks ?? {});
  const [a, b] = [ndcgByUser(ours, users), ndcgByUser(theirs, users)];
  const { difference, low, high } = pairedBootstrap(a, b);
  const inside = low <= 0 && 0 <= high;
  const near = Math.abs(difference) <= LARGEST_DIFFERENCE;
  const signed = (value: number) => `${value < 0 ? "-" : "+"}${Math.abs(value).toFixed(4)}`;
  return {
    lines: [
      `${model}, test NDCG@10, ${users.length} users`,
      `  ours     ${summary(a)}`,
      `  RecBole  ${summary(b)}`,
      `  difference ${signed(difference)}, 95% interval over users and seeds [${signed(low)}, ${signed(high)}]`,
      `  ${inside ? "pass" : "FAIL"}  0 lies inside the interval`,
      `  ${near ? "pass" : "FAIL"}  no more than ${LARGEST_DIFFERENCE} apart`,
    ],
    agrees: inside && near,
  };
}

/** Seconds of a training step, ours against RecBole's, where both folders hold timings. */
export function compareTimes(
  model: keyof typeof LARGEST_TIME,
  ours: readonly Measurement[],
  theirs: readonly Measurement[],
): Comparison {
  const [a, b] = [ours, theirs].map((all) =>
    spread(
      all.flatMap(({ epochSeconds, stepsPerEpoch }) => epochSeconds.map((time) => time / stepsPerEpoch)),
    ),
  );
  const ratio = a.median / b.median;
  const agrees = ratio <= LARGEST_TIME[model];
  return {
    lines: [
      `${model}, seconds a training step of ${ours[0].batch} prefixes, median over epochs`,
      `  ours ${a.median.toFixed(3)}, RecBole ${b.median.toFixed(3)}`,
      `  ${agrees ? "pass" : "FAIL"}  at most ${LARGEST_TIME[model]} of RecBole's time: ${ratio.toFixed(2)}`,
    ],
    agrees,
  };
}

function summary(byUser: readonly Float64Array[]): string {
  const means = byUser.map(mean);
  const deviation = means.length > 1 ? ` ± ${standardDeviation(means).toFixed(4)}` : "";
  return `${mean(means).toFixed(4)}${deviation}  (${means.map((value) => value.toFixed(4)).join(", ")})`;
}

/**
 * `npx tsx bench/recbole/compare.ts --ours results/ours --recbole results/recbole`: what ours.ts and
 * measure.py wrote, compared. The exit code is 1 where accuracies disagree; times are printed with their verdict only.
 */
function main(): void {
  const { values } = parseArgs({ options: { ours: { type: "string" }, recbole: { type: "string" } } });
  const { ours, recbole } = values;
  if (ours === undefined || recbole === undefined)
    throw new Error("compare.ts --ours FOLDER --recbole FOLDER");
  for (const model of ["SASRec", "GRU4Rec"] as const) {
    for (const kind of ["ranks", "timing"] as const) {
      const compare = kind === "ranks" ? compareRanks : compareTimes;
      try {
        const both = [ours, recbole].map((folder) => readMeasurements(folder, model, kind));
        const { lines, agrees } = compare(model, both[0], both[1]);
        console.log(`${lines.join("\n")}\n`);
        if (kind === "ranks" && !agrees) process.exitCode = 1;
      } catch (error) {
        console.log(`${model}, ${kind}: ${(error as Error).message}\n`);
      }
    }
  }
}

if (require.main === module) main();
