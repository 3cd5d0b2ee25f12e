import type { tf } from "../tensor";
import type { ItemAttributes } from "./attributes";
import { bert4Rec } from "./models/bert4rec";
import { caser } from "./models/caser";
import { fdsa } from "./models/fdsa";
import { fmlpRec } from "./models/fmlprec";
import { gru4Rec } from "./models/gru4rec";
import { hgn } from "./models/hgn";
import { hstu } from "./models/hstu";
import { mamba4Rec } from "./models/mamba4rec";
import { narm } from "./models/narm";
import { reaRecErl, reaRecPrl } from "./models/rearec";
import { s3Rec } from "./models/s3rec";
import { sasRec } from "./models/sasrec";
import type { SequentialModel } from "./models/sequentialModel";
import { tiM4Rec } from "./models/tim4rec";
import { tiSasRec } from "./models/tisasrec";
import { ttt4Rec } from "./models/ttt4rec";

type Batches = "prefix" | "position";

/** What a baseline is built for; all else is as its paper or its reference code has it. */
export interface BaselineSizes {
  readonly items: number;
  readonly users: number;
  readonly windowLength: number;
  readonly dimensions: number;
  readonly batches: Batches;
  /** For the models that read attributes. */
  readonly attributes?: ItemAttributes;
  /** Whether the data set has timestamps. Default true. */
  readonly timed?: boolean;
  /** Whether models that read times know that of the event to be predicted, as a server does. Default false. */
  readonly servingTime?: boolean;
}

/** A model of the sequential family. */
export interface Baseline {
  /** What it can train on. */
  readonly batches: readonly Batches[];
  readonly readsAttributes?: boolean;
  /** Whether it reads the gaps between events, and not only their order. */
  readonly readsTimes?: boolean;
  build(sizes: BaselineSizes, key: tf.Tensor1D): SequentialModel;
}

const BOTH: readonly Batches[] = ["prefix", "position"];

/** Every sequential baseline of the library by its name. */
export const BASELINES = {
  GRU4Rec: { batches: BOTH, build: gru4Rec },
  NARM: { batches: ["prefix"], build: narm },
  Caser: { batches: ["prefix"], build: caser },
  HGN: { batches: ["prefix"], build: hgn },
  SASRec: { batches: BOTH, build: sasRec },
  BERT4Rec: { batches: ["prefix"], build: bert4Rec },
  TiSASRec: { batches: BOTH, readsTimes: true, build: tiSasRec },
  "FMLP-Rec": { batches: ["prefix"], build: fmlpRec },
  HSTU: { batches: BOTH, readsTimes: true, build: hstu },
  Mamba4Rec: { batches: BOTH, build: mamba4Rec },
  TiM4Rec: { batches: ["prefix"], readsTimes: true, build: tiM4Rec },
  TTT4Rec: { batches: BOTH, build: ttt4Rec },
  "ReaRec-ERL": { batches: ["prefix"], build: reaRecErl },
  "ReaRec-PRL": { batches: ["prefix"], build: reaRecPrl },
  FDSA: { batches: BOTH, readsAttributes: true, build: (sizes, key) => fdsa(withAttributes(sizes), key) },
  "S3-Rec": {
    batches: BOTH,
    readsAttributes: true,
    build: (sizes, key) => s3Rec(withAttributes(sizes), key),
  },
} as const satisfies Record<string, Baseline>;

export type BaselineName = keyof typeof BASELINES;

export const BASELINE_NAMES = Object.keys(BASELINES) as [BaselineName, ...BaselineName[]];

/**
 * A baseline; where it cannot train on the batches asked for, it takes those that it can.
 * @throws Error where it reads times or attributes, and the data set has none
 */
export function buildBaseline(name: BaselineName, sizes: BaselineSizes, key: tf.Tensor1D): SequentialModel {
  const { batches: possible, readsTimes = false, build }: Baseline = BASELINES[name];
  if (readsTimes && sizes.timed === false) {
    throw new Error(
      `${name} reads the times of events, and the data set has no timestamps. Choose another of either.`,
    );
  }
  const batches = possible.includes(sizes.batches) ? sizes.batches : possible[0];
  return build({ ...sizes, batches }, key);
}

function withAttributes(sizes: BaselineSizes): BaselineSizes & { attributes: ItemAttributes } {
  const { attributes } = sizes;
  if (attributes === undefined)
    throw new Error("The model reads item attributes, and the data set has none.");
  return { ...sizes, attributes };
}
