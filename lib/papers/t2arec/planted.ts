import { mean } from "../../experiment/statistics";
import { createEvaluator, type Evaluation, type ScoreFunction, splitTargets } from "../../recsys";
import type { LoadedDataset } from "../../recsys/datasets";
import { oracleScores, plantedFlags, sameClusterScores } from "../../recsys/planted";
import { popularityScores } from "../../recsys/popularity";
import type { T2ARecConfig } from "./config";

/** NDCG@10 of a scorer that is not trained: all test targets, those after an interest shift, and the others. */
export interface PlantedReference {
  readonly model: string;
  readonly all: number;
  readonly shifted: number;
  readonly unshifted: number;
}

/**
 * Ceiling (the oracle, which knows the generator) and floors on a simulator.
 * @throws where the data set is no simulator
 */
export function plantedReferences(
  { data, simulation }: LoadedDataset,
  { windowLength }: Pick<T2ARecConfig, "windowLength">,
): PlantedReference[] {
  if (simulation === undefined)
    throw new Error("plantedReferences: the data set has no planted truth; load a simulator.");
  const cases = splitTargets(data, "test");
  const { shifted, unshifted } = plantedFlags(simulation, data, cases);
  const reference = (model: string, score: ScoreFunction): PlantedReference => {
    const evaluator = createEvaluator(score, { windowLength, compiled: false });
    const { metrics, perCase }: Evaluation = evaluator(data, cases);
    const over = (positions: Int32Array) => mean(Float64Array.from(positions, (at) => perCase.ndcg[at]));
    return { model, all: metrics.ndcg, shifted: over(shifted), unshifted: over(unshifted) };
  };
  return [
    reference("oracle", oracleScores(simulation, data, cases)),
    reference("same cluster", sameClusterScores(simulation, data, cases)),
    reference("popularity", popularityScores(data)),
  ];
}
