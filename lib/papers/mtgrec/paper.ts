/* What the commands `claims` and `report` ask of the paper. */
import { paperReports, type StudyTable } from "../../experiment/paperReport";
import type { Report } from "../../experiment/report";
import { claimRuns, testClaims } from "./claims";
import { experiment } from "./experiment";
import {
  ablationFigure,
  chanceFigure,
  churnFigure,
  codeFigure,
  modelFigure,
  popularityFigure,
} from "./figures";
import { type Ledger, readLedger, readRuns, variantNames } from "./ledger";
import { ablationTable, churnTable, modelTable } from "./tables";
import { ABLATIONS, type AblationName } from "./variants";

export { experiment } from "./experiment";

/** What two cores can run from the command line, each of its own data and size; reported together. */
const CPU_PRESETS = ["catalogue", "lastfm", "beauty"] as const;

export const { storedClaims, storedReport } = paperReports({
  experiment,
  studies: (preset) => (preset === "cpu" ? CPU_PRESETS : [preset]).map((each) => ({ preset: each })),
  ...{ readRuns, readLedger, tables, figures },
  variantNames: (ablation) => variantNames(ablation as AblationName),
  titleOf: ({ catalogue }) => catalogue.meta.title,
  verdicts: (ledger: Ledger) => testClaims(claimRuns(ledger)),
  effect: "NDCG@10",
  rule: "Supported or refuted: p < 0.05 by Holm's correction, or, where the claim is that a share is small, the 95% interval lies inside or outside the margin. All else is undecided.",
});

function tables(ledger: Ledger): readonly StudyTable[] {
  const complete = (name: AblationName) =>
    variantNames(name).every((variant) => ledger.runs(variant).length === ledger.seeds.length);
  const ablations = (Object.keys(ABLATIONS) as AblationName[])
    .filter((name) => name !== "models" && complete(name))
    .filter((name) => name !== "main" || !complete("components")); // which has all of it
  return [
    {
      of: "models (table 2)",
      rows: modelTable(ledger),
      columns: ["model", "Recall@10", "NDCG@10", "paper's NDCG@10 (Scientific)"],
      inReadme: true,
      note: "The paper's numbers belong to other data: they stand beside ours for their order, not for their size.",
    },
    ...ablations.map((name) => ({ of: ABLATIONS[name].title, rows: ablationTable(ledger, name) })),
    { of: "items written differently by snapshots (table 5)", rows: churnTable(ledger) },
  ];
}

function figures(ledger: Ledger): Report["figures"] {
  const { dataset, backbone } = ledger.config;
  const [tokenizer] = ledger.tokenizers(backbone);
  const [pretrained] = ledger.runs("untuned");
  const has = (...names: string[]) => names.every((name) => ledger.runs(name).length === ledger.seeds.length);
  return {
    ...(has("TIGER++", "full") ? { [`${dataset}-models`]: modelFigure(ledger) } : {}),
    ...(has("TIGER++", "full") ? { [`${dataset}-popularity`]: popularityFigure(ledger) } : {}),
    ...(has("full") ? { [`${dataset}-components`]: ablationFigure(ledger) } : {}),
    ...(tokenizer === undefined
      ? {}
      : {
          [`${dataset}-churn`]: churnFigure(ledger),
          [`${dataset}-codes`]: codeFigure(tokenizer, ledger.catalogue.groups),
        }),
    ...(pretrained === undefined ? {} : { [`${dataset}-chances`]: chanceFigure(ledger, pretrained) }),
  };
}
