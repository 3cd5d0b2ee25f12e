/* What the commands `claims` and `report` ask of the paper. */
import { paperReports, type StudyTable } from "../../experiment/paperReport";
import type { Report } from "../../experiment/report";
import { claimRuns, testClaims } from "./claims";
import { experiment } from "./experiment";
import { type Ledger, readLedger, readRuns, variantNames } from "./ledger";
import { codeTreeFigure } from "./results/codeTreeFigure";
import { ablationFigure, modelFigure, popularityFigure } from "./results/figures";
import { keptFigure, survivalFigure } from "./results/survivingCodes";
import { ablationTable, modelTable, oracleTable, tokenizerTable } from "./results/tables";
import { ABLATIONS, type AblationName } from "./variants";

export { experiment } from "./experiment";

export const { storedClaims, storedReport } = paperReports({
  experiment,
  studies: (preset) => [{ preset }],
  ...{ readRuns, readLedger, tables, figures },
  variantNames: (ablation) => variantNames(ablation as AblationName),
  titleOf: () => "Simulated shops",
  verdicts: (ledger: Ledger) => testClaims(claimRuns(ledger)),
  effect: "NDCG@10",
  rule: "Supported or refuted: p < 0.05 by Holm's correction. All else is undecided.",
});

/** Of a complete sweep of it. */
function has(ledger: Ledger, names: readonly string[]): boolean {
  return names.every((name) => ledger.runs(name).length === ledger.seeds.length);
}

function tables(ledger: Ledger): readonly StudyTable[] {
  const ablations = (Object.keys(ABLATIONS) as AblationName[])
    .filter((name) => name !== "models" && has(ledger, variantNames(name)))
    .filter((name) => name !== "main" || !has(ledger, variantNames("components"))); // which has all but the models of it
  return [
    {
      of: "models (table 2)",
      rows: modelTable(ledger),
      columns: ["model", "Recall@10", "NDCG@10", "paper's NDCG@10 (Scientific)", "updates"],
      inReadme: true,
      note: "The paper's numbers are those that public summaries quote, and belong to other data: they stand beside ours for their order, not for their size.",
    },
    ...ablations.map((name) => ({
      of: ABLATIONS[name].title,
      rows: ablationTable(ledger, name),
      ...(name === "components" ? { inReadme: true, columns: COMPONENTS } : {}),
    })),
    { of: "tokenizers of the target", rows: tokenizerTable(ledger) },
    { of: "how well the next item can be foretold at all", rows: oracleTable(ledger.world) },
  ];
}

const COMPONENTS = [
  ...["model", "Recall@10", "NDCG@10", "paper's NDCG@10 (Scientific)", "paper's Recall@10 (Instrument)"],
  "updates",
];

function figures(ledger: Ledger): Report["figures"] {
  const { world, config } = ledger;
  const [tokenizer] = ledger.tokenizers("full");
  return {
    ...(has(ledger, ["full", "TIGER"])
      ? { "sweep-models": modelFigure(ledger), "sweep-popularity": popularityFigure(ledger) }
      : {}),
    ...(has(ledger, ["full"]) ? { "sweep-components": ablationFigure(ledger) } : {}),
    ...(tokenizer === undefined
      ? {}
      : {
          "sweep-kept": keptFigure(ledger),
          "sweep-surviving": survivalFigure(tokenizer, config),
          "sweep-codes": codeTreeFigure(tokenizer, world, config),
        }),
  };
}
