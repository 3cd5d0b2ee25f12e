import type { RunRecord } from "../sampling/record";
import { SYNTHETIC_BANNER } from "../synthetic/items";
import type { EvaluationResults } from "./results";

const REPLAY_BANNER =
  "REPLAY: the replies were recorded earlier and are given again; no model was asked for this report.";

const MOCK_BANNER =
  "MOCK: a stand-in with chances set by hand gave the replies; no language model was asked.";

export interface BannerOptions {
  /** The replies came from a stand-in, which the log cannot tell from a model. */
  readonly mocked?: boolean;
  /** More that stands above all numbers, such as what an in-house model is. */
  readonly notices?: readonly string[];
}

/** What stands above all numbers where they do not say how a model does on the benchmark; none otherwise. */
export function bannersOf(
  { sets, runs }: Pick<EvaluationResults, "sets" | "runs">,
  { mocked = false, notices = [] }: BannerOptions,
): string[] {
  const replayed = runs.some(({ backend }: RunRecord) => backend === "replay");
  return [
    ...(sets.some(({ set }) => set.synthetic) ? [SYNTHETIC_BANNER] : []),
    ...(replayed ? [REPLAY_BANNER] : []),
    ...(mocked ? [MOCK_BANNER] : []),
    ...notices,
  ];
}
