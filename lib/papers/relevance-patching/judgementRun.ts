import type { RunContext } from "../../experiment/experiment";
import type { RunOutput, StoredRun, Values } from "../../experiment/store";
import { candidatePairs, loadRows } from "./candidates";
import type { RelevanceConfig } from "./config";
import { chosenPairs, judgeAll, judgementMetrics, splitOf } from "./judging";
import { ablationArrays, analysisArrays, mapArrays, probeArrays } from "./runArrays";
import { stageReporter } from "./runProgress";
import { loadSubject } from "./subjects";

/**
 * A model's judgements of all pairs, and of those that it tells apart: the maps of effects on one half, knock-out and keep-only of what they found on the other half.
 * @param plain  the run in the plain format, whose pairs a run in the reversed format is made of
 */
export async function judgementRun(
  config: RelevanceConfig,
  context: RunContext,
  plain?: StoredRun,
): Promise<RunOutput> {
  const { seed } = context;
  const report = stageReporter(context);
  const { subject, format, dispose } = await loadSubject(config.model, config.answers);
  try {
    const rows = await loadRows(config);
    const { candidates, misaligned } = candidatePairs(rows, format, config, seed);
    const judged = await judgeAll(subject, candidates, report("judging"));
    const split =
      plain === undefined ? chosenPairs(candidates, judged, config, seed) : splitOf(plain, candidates);
    const pairsOf = (indices: readonly number[]) => indices.map((index) => candidates[index].pair);
    const [discovery, test] = [pairsOf(split.discovery), pairsOf(split.test)];

    const metrics = {
      ...judgementMetrics(judged),
      ...{ misaligned, pairs: candidates.length },
      ...{ "discovery pairs": discovery.length, "test pairs": test.length },
      ...{ layers: subject.model.config.layers, heads: subject.model.config.heads },
    };
    const arrays: Record<string, Values> = {
      ...judged,
      ...{ discovery: Int32Array.from(split.discovery), test: Int32Array.from(split.test) },
      rows: Int32Array.from(candidates, ({ row }) => row),
      negatives: Int32Array.from(candidates, ({ negative }) => Number(negative === "random")),
    };
    if (config.probedPairs > 0) {
      const probed = candidates.slice(0, config.probedPairs).map(({ pair }) => pair);
      Object.assign(arrays, probeArrays(subject, probed, seed));
    }
    if (discovery.length === 0 || test.length === 0) return { metrics, arrays };

    Object.assign(arrays, await mapArrays(subject, discovery, config, report));
    Object.assign(arrays, await ablationArrays(subject, discovery, test, config, seed, arrays.heads, report));
    Object.assign(arrays, await analysisArrays(subject, discovery, config, report("analyses")));
    return { metrics, arrays };
  } finally {
    dispose();
  }
}
