import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** The models that both sides have. */
export const COMPARED = ["SASRec", "GRU4Rec", "NARM", "Caser", "BERT4Rec"] as const;

export type ComparedModel = (typeof COMPARED)[number];

/** How a model is trained: two sides are compared only where all of it is equal. */
export interface Protocol {
  /** Items of history. */
  readonly window: number;
  /** Rows a training step. */
  readonly batch: number;
  /** Of Adam. */
  readonly learningRate: number;
  /** Most epochs. */
  readonly epochs: number;
  /**
   * `best`: stop at the eleventh epoch without a better validation NDCG@10, and test the weights of the best epoch; `last`: train all
   * epochs, and test the weights of the last.
   */
  readonly keep: "best" | "last";
}

/**
 * The protocol that command-line options name; RecBole's own values where they say nothing, with a window of 50.
 * @throws where an option is no such value
 */
export function readProtocol(options: {
  readonly window?: string;
  readonly batch?: string;
  readonly "learning-rate"?: string;
  readonly epochs?: string;
  readonly keep?: string;
}): Protocol {
  const count = (name: "window" | "batch" | "epochs", standard: number) => {
    const value = Number(options[name] ?? standard);
    if (!Number.isInteger(value) || value < 1)
      throw new Error(`--${name} ${options[name]}: no whole number from 1`);
    return value;
  };
  const { "learning-rate": rate = "0.001", keep = "best" } = options;
  const learningRate = Number(rate);
  if (!(learningRate > 0)) throw new Error(`--learning-rate ${rate}: no positive number`);
  if (keep !== "best" && keep !== "last") throw new Error(`--keep ${keep}: neither best nor last`);
  return {
    window: count("window", 50),
    batch: count("batch", 2048),
    learningRate,
    epochs: count("epochs", 300),
    keep,
  };
}

/** One training of one model: what measure.py and ours.ts write. */
export interface Measurement {
  readonly model: string;
  readonly seed: number;
  readonly protocol: Protocol;
  /** Trained until the end. */
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
 * @param kind  `ranks`: trained to the end; `timing`: a few epochs, timed
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

/**
 * The one protocol that all trainings followed.
 * @throws where they differ
 */
export function commonProtocol(measurements: readonly Measurement[]): Protocol {
  const [first, ...others] = measurements;
  for (const other of others) {
    for (const name of ["window", "batch", "learningRate", "epochs", "keep"] as const) {
      const [a, b] = [first.protocol[name], other.protocol[name]];
      if (a !== b) throw new Error(`different protocols: ${name} is ${a} in some trainings, ${b} in others`);
    }
  }
  return first.protocol;
}
