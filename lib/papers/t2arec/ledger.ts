import type { ClaimVerdict } from "../../experiment/claims";
import { type Overrides, parseOverrides, resolveConfig } from "../../experiment/configuration";
import { planRuns } from "../../experiment/plan";
import type { RunStore, StoredRun } from "../../experiment/store";
import { splitTargets } from "../../recsys";
import { metricValues } from "../../recsys/metrics";
import { testClaims } from "./claims";
import { configuration } from "./config";
import { experiment } from "./experiment";
import { loadData } from "./training";

export { experiment } from "./experiment";

/** The stored runs of every model and variant under one configuration, by their names in the ablations. */
export function storedRuns(
  store: RunStore,
  preset: string,
  overrides: Overrides,
  seeds: readonly number[],
): Map<string, StoredRun[]> {
  const { models, losses } = experiment.ablations;
  return new Map(
    [...models.variants, ...losses.variants].map(({ name, label, change }) => {
      const config = resolveConfig(experiment.name, configuration, preset, {
        ...(change as Overrides),
        ...overrides,
      });
      const found = seeds.flatMap((seed) => {
        const { id } = planRuns(experiment, [{ label, config }], [seed]).at(-1)!;
        return store.read(experiment.name, id) ?? [];
      });
      return [name, found];
    }),
  );
}

/** The verdicts on the paper's claims from the runs that are stored. */
export async function storedClaims(
  store: RunStore,
  preset: string,
  settings: readonly string[],
  seeds: readonly number[],
): Promise<ClaimVerdict[]> {
  const overrides = parseOverrides(configuration.schema, settings);
  const config = resolveConfig(experiment.name, configuration, preset, overrides);
  const { data } = await loadData(config);
  const runs = storedRuns(store, preset, overrides, seeds);
  return testClaims({
    data,
    cases: splitTargets(data, "test"),
    segments: config.segments,
    ndcg(name) {
      const found = runs.get(name) ?? [];
      return found.length === 0 ? undefined : found.map((run) => metricValues(run.array("ranks"), "ndcg"));
    },
  });
}
