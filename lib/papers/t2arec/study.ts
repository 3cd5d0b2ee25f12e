import type { SequentialDataset } from "../../recsys";
import type { EpochRecord } from "../../recsys/train";
import type { ClaimRuns } from "./claims";
import type { T2ARecConfig } from "./config";
import { type RunResult, runBaseline, runVariants } from "./training";
import { ABLATIONS, type Variant } from "./variants";

/** What hears of a study while it runs. */
export interface StudyListener {
  /** After each epoch of a training, which is named by its model or by the losses that it trains with. */
  readonly onEpoch?: (training: string, seed: number, record: EpochRecord) => void;
  /** Before each training. */
  readonly onTraining?: (training: string, seed: number) => void;
  readonly signal?: AbortSignal;
}

export interface Study {
  readonly config: T2ARecConfig;
  readonly seeds: readonly number[];
  /** One entry a model or variant and seed. */
  readonly runs: readonly RunResult[];
  readonly seconds: number;
}

/** The static baselines of this notebook. */
export const BASELINES = ["GRU4Rec", "SASRec"] as const;

/** Trainings of a study with one seed: variants that share their training losses share a training. */
export function trainingsPerSeed(variants: readonly Variant[] = ABLATIONS): number {
  return BASELINES.length + new Set(variants.map(({ train }) => `${train.time} ${train.state}`)).size;
}

/** Trains and tests the baselines and T2ARec's variants with every seed. */
export async function runStudy(
  data: SequentialDataset,
  config: T2ARecConfig,
  seeds: readonly number[],
  listener: StudyListener = {},
  variants: readonly Variant[] = ABLATIONS,
): Promise<Study> {
  const start = performance.now();
  const runs: RunResult[] = [];
  for (const seed of seeds) {
    const seeded = { ...config, seed };
    const hear = (training: string) => {
      listener.onTraining?.(training, seed);
      return {
        onEpoch: (record: EpochRecord) => listener.onEpoch?.(training, seed, record),
        signal: listener.signal,
      };
    };
    for (const baseline of BASELINES) runs.push(await runBaseline(baseline, data, seeded, hear(baseline)));
    runs.push(...(await runVariants(variants, data, seeded, (sharing) => hear(trainingName(sharing[0])))));
  }
  return { config, seeds, runs, seconds: (performance.now() - start) / 1000 };
}

function trainingName({ train }: Variant): string {
  if (train.time && train.state) return "T2ARec";
  if (train.time) return "T2ARec w/o state";
  return train.state ? "T2ARec w/o time" : "T2ARec w/o both";
}

/** A study's runs, for the claims. */
export function claimRuns(study: Study, data: SequentialDataset): ClaimRuns {
  const { cases } = study.runs[0].test;
  return {
    data,
    cases,
    segments: study.config.segments,
    ndcg(name) {
      const runs = study.runs.filter((run) => run.name === name);
      return runs.length === 0 ? undefined : runs.map(({ test }) => test.perCase.ndcg);
    },
  };
}

/** The runs of one model or variant, by seed. */
export function runsOf(study: Study, name: string): RunResult[] {
  const found = study.runs.filter((run) => run.name === name);
  if (found.length === 0) {
    const names = [...new Set(study.runs.map((run) => run.name))];
    throw new Error(`The study has no run called ${name}; it has ${names.join(", ")}.`);
  }
  return found;
}
