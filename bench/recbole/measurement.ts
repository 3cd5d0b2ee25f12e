import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** One training of one model: what measure.py and ours.ts write. */
export interface Measurement {
  readonly model: string;
  readonly seed: number;
  /** Rows a training step. */
  readonly batch: number;
  readonly epochs: number;
  /** Of training alone, without validation. */
  readonly epochSeconds: readonly number[];
  readonly stepsPerEpoch: number;
  /** Validation NDCG@10 after each epoch. */
  readonly validNdcg: readonly number[];
  /** Absent where only times were taken. */
  readonly testNdcg10?: number;
  /** The rank of each user's test target among all items, from 1; ties count against it. */
  readonly testRanks?: Readonly<Record<string, number>>;
}

export function alreadyMeasured(file: string): boolean {
  return existsSync(file);
}

/**
 * The finished measurements of a model in a folder, by seed.
 * @param kind  `ranks`: trained to the early stop; `timing`: a few epochs, timed
 * @throws when there are none
 */
export function readMeasurements(folder: string, model: string, kind: "ranks" | "timing"): Measurement[] {
  const pattern = kind === "ranks" ? /^[A-Za-z0-9]+-\d+\.json$/ : /^[A-Za-z0-9]+-timing-\d+\.json$/;
  const found = readdirSync(folder)
    .filter((file) => file.startsWith(`${model}-`) && pattern.test(file))
    .map((file) => JSON.parse(readFileSync(path.join(folder, file), "utf8")) as Measurement)
    .sort((a, b) => a.seed - b.seed);
  if (found.length === 0) throw new Error(`${folder} holds no ${kind} of ${model}`);
  return found;
}

/**
 * NDCG@10 of every user in every training.
 * @param users  whose ranks, in this order
 * @returns [trainings][users]
 * @throws when a training lacks a user
 */
export function ndcgByUser(measurements: readonly Measurement[], users: readonly string[]): Float64Array[] {
  return measurements.map(({ model, seed, testRanks = {} }) =>
    Float64Array.from(users, (user) => {
      const rank = testRanks[user];
      if (rank === undefined) throw new Error(`${model}, seed ${seed}: no rank for user ${user}`);
      return rank <= 10 ? 1 / Math.log2(rank + 1) : 0;
    }),
  );
}
