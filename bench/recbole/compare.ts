import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { mean, pairedBootstrap, standardDeviation } from "../../lib/experiment/statistics";
import { spread } from "../statistics";
import {
  COMPARED,
  type ComparedModel,
  commonProtocol,
  type Measurement,
  ndcgByUser,
  type Protocol,
  readMeasurements,
} from "./measurement";

/** No further apart may the means be, whatever the interval says. */
const LARGEST_DIFFERENCE = 0.008;

/** Our time over RecBole's may be at most: of a SASRec step a half, of a GRU4Rec epoch the whole; the others have no limit. */
const LARGEST_TIME: Partial<Record<ComparedModel, number>> = { SASRec: 0.5, GRU4Rec: 1 };

export interface Comparison {
  readonly lines: readonly string[];
  readonly agrees: boolean;
}

/** One training in the file of results. */
export interface TrainingResult {
  readonly seed: number;
  readonly ndcg10: number;
  readonly epochs: number;
}

/** What the file of results says of a model. */
export interface ModelResult {
  /** Of the comparison, year-month-day. */
  readonly date: string;
  readonly protocol: Protocol;
  readonly users: number;
  readonly ours: readonly TrainingResult[];
  readonly recbole: readonly TrainingResult[];
  /** Ours less RecBole's, of the mean test NDCG@10. */
  readonly difference: number;
  /** 95%, of a bootstrap over users and seeds. */
  readonly interval: readonly [low: number, high: number];
  readonly agrees: boolean;
}

/**
 * Test NDCG@10 of our trainings against RecBole's: they agree when 0 lies inside the 95% interval of a bootstrap over
 * users and seeds, and the means are no more than 0.008 apart.
 * @throws where not all of them followed one protocol
 */
export function compareRanks(
  model: string,
  ours: readonly Measurement[],
  theirs: readonly Measurement[],
): Comparison & { readonly result: Omit<ModelResult, "date"> } {
  const protocol = commonProtocol([...ours, ...theirs]);
  const users = Object.keys(theirs[0].testRanks ?? {});
  const [a, b] = [ndcgByUser(ours, users), ndcgByUser(theirs, users)];
  const { difference, low, high } = pairedBootstrap(a, b);
  const inside = low <= 0 && 0 <= high;
  const near = Math.abs(difference) <= LARGEST_DIFFERENCE;
  const agrees = inside && near;
  const signed = (value: number) => `${value < 0 ? "-" : "+"}${Math.abs(value).toFixed(4)}`;
  const { window, batch, learningRate, epochs, keep } = protocol;
  return {
    lines: [
      `${model}, test NDCG@10, ${users.length} users; window ${window}, batch ${batch}, learning rate ${learningRate}, ` +
        (keep === "best" ? `best of at most ${epochs} epochs` : `${epochs} epochs`),
      `  ours     ${summary(a)}`,
      `  RecBole  ${summary(b)}`,
      `  difference ${signed(difference)}, 95% interval over users and seeds [${signed(low)}, ${signed(high)}]`,
      `  ${inside ? "pass" : "FAIL"}  0 lies inside the interval`,
      `  ${near ? "pass" : "FAIL"}  no more than ${LARGEST_DIFFERENCE} apart`,
    ],
    agrees,
    result: {
      protocol,
      users: users.length,
      ours: ours.map((training, i) => trainingResult(training, a[i])),
      recbole: theirs.map((training, i) => trainingResult(training, b[i])),
      difference: rounded(difference),
      interval: [rounded(low), rounded(high)],
      agrees,
    },
  };
}

function trainingResult({ seed, epochs }: Measurement, ndcg: Float64Array): TrainingResult {
  return { seed, ndcg10: rounded(mean(ndcg)), epochs };
}

function rounded(value: number): number {
  return Number(value.toFixed(5));
}

/**
 * Seconds of a training step, ours against RecBole's, where both folders hold timings.
 * @throws where not all of them followed one protocol
 */
export function compareTimes(
  model: ComparedModel,
  ours: readonly Measurement[],
  theirs: readonly Measurement[],
): Comparison {
  const { batch } = commonProtocol([...ours, ...theirs]);
  const [a, b] = [ours, theirs].map((all) =>
    spread(
      all.flatMap(({ epochSeconds, stepsPerEpoch }) => epochSeconds.map((time) => time / stepsPerEpoch)),
    ),
  );
  const ratio = a.median / b.median;
  const limit = LARGEST_TIME[model];
  const agrees = limit === undefined || ratio <= limit;
  return {
    lines: [
      `${model}, seconds a training step of ${batch} prefixes, median over epochs`,
      `  ours ${a.median.toFixed(3)}, RecBole ${b.median.toFixed(3)}`,
      limit === undefined
        ? `  of RecBole's time: ${ratio.toFixed(2)}`
        : `  ${agrees ? "pass" : "FAIL"}  at most ${limit} of RecBole's time: ${ratio.toFixed(2)}`,
    ],
    agrees,
  };
}

function summary(byUser: readonly Float64Array[]): string {
  const means = byUser.map(mean);
  const deviation = means.length > 1 ? ` ± ${standardDeviation(means).toFixed(4)}` : "";
  return `${mean(means).toFixed(4)}${deviation}  (${means.map((value) => value.toFixed(4)).join(", ")})`;
}

/** Puts the results of models into a file of results; those of other models that it holds stay. */
export function writeResults(file: string, results: Readonly<Record<string, ModelResult>>): void {
  const before = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  writeFileSync(`${file}.part`, `${JSON.stringify({ ...before, ...results }, null, 2)}\n`);
  renameSync(`${file}.part`, file);
}

/**
 * `npx tsx bench/recbole/compare.ts --ours results/ours --recbole results/recbole`: what ours.ts and
 * measure.py wrote, compared. The exit code is 1 where accuracies disagree; times are printed with their verdict only.
 * `--write FILE` also puts the accuracies into a file of results.
 */
function main(): void {
  const { values } = parseArgs({
    options: { ours: { type: "string" }, recbole: { type: "string" }, write: { type: "string" } },
  });
  const { ours, recbole, write } = values;
  if (ours === undefined || recbole === undefined)
    throw new Error("compare.ts --ours FOLDER --recbole FOLDER [--write FILE]");
  const date = new Date().toISOString().slice(0, 10);
  const results: Record<string, ModelResult> = {};
  for (const model of COMPARED) {
    for (const kind of ["ranks", "timing"] as const) {
      try {
        const [a, b] = [ours, recbole].map((folder) => readMeasurements(folder, model, kind));
        if (kind === "timing") {
          print(compareTimes(model, a, b));
          continue;
        }
        const comparison = compareRanks(model, a, b);
        print(comparison);
        results[model] = { date, ...comparison.result };
        if (!comparison.agrees) process.exitCode = 1;
      } catch (error) {
        console.log(`${model}, ${kind}: ${(error as Error).message}\n`);
      }
    }
  }
  if (write !== undefined) writeResults(write, results);
}

function print({ lines }: Comparison): void {
  console.log(`${lines.join("\n")}\n`);
}

if (require.main === module) main();
