/* What the commands `claims` and `report` ask of the paper. */
import { paperReports, type Study, type StudyTable } from "../../experiment/paperReport";
import type { Report } from "../../experiment/report";
import { testClaims } from "./claims";
import { experiment } from "./experiment";
import {
  ablationFigure,
  flowFigure,
  headFigure,
  judgementFigure,
  learningFigure,
  lensFigure,
  streamFigure,
} from "./figures";
import { type Ledger, readLedger, readRuns, variantNames } from "./ledger";
import { headGroups, STREAM_HOOKS } from "./maps";
import { configOf, hasMaps } from "./measures";
import {
  ablationTable,
  agreementTable,
  circuitTable,
  headTable,
  judgementTable,
  mapped,
  probeTable,
  sparsityTable,
  stageTable,
} from "./tables";
import type { AblationName } from "./variants";

export { experiment } from "./experiment";

/** What two cores can run from the command line: twelve pairs with three seeds, and all pairs once. */
const CPU_STUDIES: readonly Study[] = [{ preset: "cpu" }, { preset: "full" }];

export const { storedClaims, storedReport } = paperReports({
  experiment,
  studies: (preset) => (preset === "cpu" ? CPU_STUDIES : [{ preset }]),
  ...{ readRuns, readLedger, tables, figures },
  variantNames: (ablation) => variantNames(ablation as AblationName),
  titleOf: (ledger: Ledger) => (patchesAll(ledger) ? "all pairs told apart" : `${ledger.config.pairs} pairs`),
  verdicts: testClaims,
  rule: "An effect is above 0 where the claim holds. Supported or refuted: p < 0.05 by Holm's correction. All else is undecided.",
});

function tables(ledger: Ledger): readonly StudyTable[] {
  return [
    { of: "how the model judges", rows: judgementTable(ledger), inReadme: true },
    {
      of: "where the answer is (layers of the residual stream)",
      rows: stageTable(ledger),
      inReadme: true,
      note: "The paper's own numbers could not be read: all of these are ours.",
    },
    { of: "how few heads carry it", rows: sparsityTable(ledger) },
    { of: "heads with the greatest effect", rows: headTable(ledger) },
    { of: "share of the gap that is left, by number of heads", rows: ablationTable(ledger), inReadme: true },
    { of: "agreement of head maps", rows: agreementTable(ledger) },
    { of: "probes", rows: probeTable(ledger) },
    { of: "the small transformer", rows: patchesAll(ledger) ? [] : circuitTable(ledger), inReadme: true },
  ];
}

function figures(ledger: Ledger): Report["figures"] {
  const [run] = ledger.runs("DQI").filter(hasMaps);
  const learned: Report["figures"] =
    ledger.runs("trained").length > 0 && !patchesAll(ledger) ? { learning: learningFigure(ledger) } : {};
  if (run === undefined) return named(ledger, learned);
  return named(ledger, {
    ...learned,
    ...{ judgement: judgementFigure(ledger), flow: flowFigure(ledger), lens: lensFigure(ledger) },
    ...Object.fromEntries(STREAM_HOOKS.map((hook) => [hook, streamFigure(ledger, hook)])),
    ...Object.fromEntries(
      headGroups(configOf(run)).map((group) => [`heads-${group}`, headFigure(ledger, group)]),
    ),
    ...{ "knock-out": ablationFigure(ledger, "knockOut"), "keep-only": ablationFigure(ledger, "keepOnly") },
    ...Object.fromEntries(
      mapped(ledger)
        .filter((name) => name !== "DQI")
        .map((name) => [`heads-${name}`, headFigure(ledger, "last", name)]),
    ),
  });
}

/** Whether a study is the larger one; the small transformer is the same in both, and shown once. */
function patchesAll({ config }: Ledger): boolean {
  return config.pairs === 0;
}

function named(ledger: Ledger, made: Report["figures"]): Report["figures"] {
  const of = patchesAll(ledger) ? "all-" : "";
  return Object.fromEntries(Object.entries(made).map(([name, figure]) => [`${of}${name}`, figure]));
}
