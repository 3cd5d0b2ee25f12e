import { createEvaluator, type Evaluation, type ScoreFunction, splitTargets } from "../../recsys";
import type { LoadedDataset } from "../../recsys/datasets";
import { oracleScores, plantedFlags, sameClusterScores } from "../../recsys/planted";
import { popularityScores } from "../../recsys/popularity";
import type { T2ARecConfig } from "./config";
import { runStudy, type StudyListener } from "./study";
import { ABLATIONS } from "./variants";

/** NDCG@10 of one scorer on the planted simulator: all test targets, those after an interest shift, and the others. */
export interface PlantedRow {
  readonly model: string;
  readonly seed: number | null;
  readonly all: number;
  readonly shifted: number;
  readonly unshifted: number;
}

const COMPARED = ["full", "noBoth", "noBothTest"];

/**
 * Ceiling (the oracle, which knows the generator), floors, and trained models on a simulator.
 * @see t2arec's simulator: `lib/data/simulators`
 * @throws where the data set is no simulator
 */
export async function plantedComparison(
  { data, simulation }: LoadedDataset,
  config: T2ARecConfig,
  seeds: readonly number[],
  listener: StudyListener = {},
): Promise<PlantedRow[]> {
  if (simulation === undefined)
    throw new Error("plantedComparison: the data set has no planted truth; load a simulator.");
  const cases = splitTargets(data, "test");
  const { shifted, unshifted } = plantedFlags(simulation, data, cases);
  const row = (model: string, seed: number | null, { perCase: { ndcg } }: Evaluation): PlantedRow => {
    const over = (positions: Int32Array) =>
      positions.reduce((sum, position) => sum + ndcg[position], 0) / positions.length;
    return {
      model,
      seed,
      all: over(Int32Array.from(cases, (_, i) => i)),
      shifted: over(shifted),
      unshifted: over(unshifted),
    };
  };
  const reference = (model: string, score: ScoreFunction) => {
    const evaluator = createEvaluator(score, { windowLength: config.windowLength, compiled: false });
    return row(model, null, evaluator(data, cases));
  };
  const rows = [
    reference("oracle", oracleScores(simulation, data, cases)),
    reference("same cluster", sameClusterScores(simulation, data, cases)),
    reference("popularity", popularityScores(data)),
  ];
  const variants = ABLATIONS.filter(({ name }) => COMPARED.includes(name));
  const { runs } = await runStudy(data, config, seeds, listener, variants);
  for (const run of runs) rows.push(row(run.label, run.seed, run.test));
  return rows;
}
