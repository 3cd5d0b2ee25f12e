import {
  type InterestShiftSimulation,
  oracleProbabilities,
  sameClusterProbabilities,
} from "../data/simulators";
import { tf } from "../tensor";
import type { ScoreFunction } from "./evaluate";
import { requireTimes, type SequentialDataset } from "./sequences";

const SECONDS_A_DAY = 86_400;

/** What was planted at the events that cases predict. */
export interface PlantedFlags {
  /** [cases] positions in `cases` whose interest moved just before the target, and the others. */
  shifted: Int32Array;
  unshifted: Int32Array;
  /** [cases] */
  cluster: Int32Array;
  /** [cases] 1 where the gap before the target is a long one. */
  longGap: Uint8Array;
  /** [cases] */
  gapDays: Float64Array;
}

export function plantedFlags(
  simulation: InterestShiftSimulation,
  dataset: SequentialDataset,
  cases: Int32Array,
): PlantedFlags {
  const rows = cases.map((event) => dataset.rows[event]);
  const positions = Int32Array.from(cases, (_, position) => position);
  return {
    shifted: positions.filter((position) => simulation.shift[rows[position]] === 1),
    unshifted: positions.filter((position) => simulation.shift[rows[position]] === 0),
    cluster: rows.map((row) => simulation.cluster[row]),
    longGap: Uint8Array.from(rows, (row) => simulation.longGap[row]),
    gapDays: Float64Array.from(rows, (row) => simulation.gapDays[row]),
  };
}

/**
 * The planted oracle as a score function for `evaluate`: the ceiling. It knows the generator, the history and the prediction time.
 * @param cases  one case a user, e.g. `splitTargets(dataset, "test")`; evaluate on the same
 */
export function oracleScores(
  simulation: InterestShiftSimulation,
  dataset: SequentialDataset,
  cases: Int32Array,
): ScoreFunction {
  const times = requireTimes(dataset);
  return tableScores(simulation, dataset, cases, (lastItem, event) =>
    oracleProbabilities(simulation, {
      lastItem,
      gapDays: (times[event] - times[event - 1]) / SECONDS_A_DAY,
      day: times[event] / SECONDS_A_DAY,
    }),
  );
}

/** The "same cluster" floor as a score function for `evaluate`. */
export function sameClusterScores(
  simulation: InterestShiftSimulation,
  dataset: SequentialDataset,
  cases: Int32Array,
): ScoreFunction {
  return tableScores(simulation, dataset, cases, (lastItem) =>
    sameClusterProbabilities(simulation, lastItem),
  );
}

/** Scores computed beforehand, one row a user. The dataset must have the simulator's whole vocabulary in its order. */
function tableScores(
  simulation: InterestShiftSimulation,
  dataset: SequentialDataset,
  cases: Int32Array,
  score: (lastItem: number, event: number) => Float64Array,
): ScoreFunction {
  const columns = dataset.items + 1;
  if (dataset.items !== simulation.itemCluster.length) {
    throw new Error(
      `The dataset has ${dataset.items} items, the simulation ${simulation.itemCluster.length}.`,
    );
  }
  const values = new Float32Array(dataset.users * columns);
  for (const event of cases) {
    const lastItem = dataset.itemIds[event - 1] - 1;
    values.set(score(lastItem, event), dataset.eventUsers[event] * columns + 1);
  }
  const table = tf.tidy(() => tf.variable(tf.tensor2d(values, [dataset.users, columns]), false));
  return ({ users }) => tf.gather(table, users) as tf.Tensor2D;
}
