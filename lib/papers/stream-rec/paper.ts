/* What the commands `claims` and `report` ask of the paper. */
import { paperReports, type Study, type StudyTable } from "../../experiment/paperReport";
import type { Report } from "../../experiment/report";
import { claimRuns, testClaims } from "./claims";
import { experiment } from "./experiment";
import {
  ablationFigure,
  annotationFigure,
  cosineFigure,
  costFigure,
  modelFigure,
  popularityFigure,
  rewardFigure,
  stepsFigure,
} from "./figures";
import { type Ledger, readLedger, readRuns, variantNames } from "./ledger";
import { ablationTable, boundTable, costTable, modelTable, policyTable, thinkingTable } from "./tables";
import { pathFigures } from "./thinkingPath";
import { traceTable } from "./thoughts";
import { ABLATIONS, type AblationName } from "./variants";

export { experiment } from "./experiment";

/** What two cores can run from the command line, reported together: the tree, the tree whose identifiers say less, the one that needs no thinking, films. */
const CPU_STUDIES: readonly Study[] = [
  { preset: "cpu" },
  { preset: "cpu", overrides: { dataset: "tree-hard" } },
  { preset: "cpu", overrides: { dataset: "tree-flat" } },
  { preset: "ml-100k" },
];

export const { storedClaims, storedReport } = paperReports({
  experiment,
  studies: (preset) => (preset === "cpu" ? CPU_STUDIES : [{ preset }]),
  ...{ readRuns, readLedger, tables, figures },
  variantNames: (ablation) => variantNames(ablation as AblationName),
  titleOf: ({ loaded }) => loaded.meta.title,
  verdicts: (ledger: Ledger) => testClaims(claimRuns(ledger)),
  effect: "NDCG@10",
  rule: "Supported or refuted: p < 0.05 by Holm's correction, or, where the claim is that two things are alike, the 95% interval lies inside or outside the margin. All else is undecided.",
});

function has(ledger: Ledger, names: readonly string[]): boolean {
  return names.every((name) => ledger.runs(name).length === ledger.seeds.length);
}

/** The ablations, beside the models, of which there are all runs. */
function complete(ledger: Ledger): AblationName[] {
  return (Object.keys(ABLATIONS) as AblationName[]).filter(
    (name) => name !== "models" && has(ledger, variantNames(name)),
  );
}

function tables(ledger: Ledger): readonly StudyTable[] {
  return [
    {
      of: "models",
      rows: modelTable(ledger),
      columns: ["model", "Recall@10", "NDCG@10", "paper's Recall@10 (Scientific)"],
      inReadme: true,
      note: "Of the paper's numbers only three are known, from a public note, and they belong to other data: they stand beside ours for their order, not for their size.",
    },
    { of: "what can be reached at all", rows: boundTable(ledger.loaded) },
    ...complete(ledger).map((name) => ({ of: ABLATIONS[name].title, rows: ablationTable(ledger, name) })),
    { of: "what thinking does", rows: thinkingTable(ledger) },
    {
      of: "what is thought",
      rows: traceTable(ledger, ["stage1", "sft", "once", "similar", "random", "full"]),
    },
    { of: "stage 3", rows: policyTable(ledger) },
    { of: "what thinking costs", rows: costTable(ledger) },
  ];
}

function figures(ledger: Ledger): Report["figures"] {
  const { dataset } = ledger.config;
  const made: Report["figures"] = {
    ...(has(ledger, ["TIGER", "full"])
      ? { models: modelFigure(ledger), popularity: popularityFigure(ledger) }
      : {}),
    ...Object.fromEntries(
      complete(ledger)
        .filter((name) => name !== "steps")
        .map((name) => [name, ablationFigure(ledger, name)]),
    ),
    ...(has(ledger, variantNames("steps")) ? { steps: stepsFigure(ledger) } : {}),
    ...(has(ledger, ["sft"]) ? { annotation: annotationFigure(ledger), cosines: cosineFigure(ledger) } : {}),
    ...(has(ledger, ["full"])
      ? { rewards: rewardFigure(ledger), cost: costFigure(ledger), ...pathFigures(ledger) }
      : {}),
  };
  return Object.fromEntries(Object.entries(made).map(([name, figure]) => [`${dataset}-${name}`, figure]));
}
