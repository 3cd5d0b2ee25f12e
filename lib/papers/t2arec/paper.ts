/* What the commands `claims` and `report` ask of the paper. */
import type { Overrides } from "../../experiment/configuration";
import { paperReports, type StudyTable } from "../../experiment/paperReport";
import type { Report } from "../../experiment/report";
import { datasetHasTimes } from "../../recsys/datasets";
import { claimRuns, testClaims } from "./claims";
import type { T2ARecConfig } from "./config";
import { experiment } from "./experiment";
import { ablationFigure, gainFigure, modelFigure, segmentFigure } from "./figures";
import { type Ledger, readLedger, readRuns, variantNames } from "./ledger";
import { plantedReferences } from "./planted";
import { ablationTable, modelTable, plantedTable, servingTable, stepTable } from "./tables";

export { experiment } from "./experiment";

/**
 * What differs on the simulators: small worlds of short histories, in which a training stands still for some epochs before it finds the
 * clusters.
 */
const SIMULATED = {
  simulatedUsers: 300,
  windowLength: 32,
  batchSize: 64,
  patience: 10,
  prefixesPerUser: 5,
} as const;

/** The data sets of the report, each with what it changes. */
const STUDIES: readonly (Partial<T2ARecConfig> & { readonly dataset: string })[] = [
  { dataset: "ml-100k" },
  { dataset: "amazon-beauty" },
  { dataset: "simulator", ...SIMULATED },
  { dataset: "simulator-item-gaps", ...SIMULATED },
];

export const { storedClaims, storedReport } = paperReports({
  experiment,
  studies: (preset) => STUDIES.map((study) => ({ preset, overrides: study as Overrides })),
  ...{ readRuns, readLedger, variantNames, tables, figures },
  titleOf: ({ loaded }) => loaded.meta.title,
  verdicts: (ledger: Ledger) => testClaims(claimRuns(ledger)),
  effect: "NDCG@10",
  rule: "Supported or refuted: p < 0.05 by Holm's correction, or, where the claim is that two things are alike, the 95% interval lies inside or outside the margin. All else is undecided.",
});

function tables(ledger: Ledger): readonly StudyTable[] {
  const { simulation } = ledger.loaded;
  const planted =
    simulation === undefined ? [] : plantedTable(plantedReferences(ledger.loaded, ledger.config), ledger);
  return [
    {
      of: "models (table 2)",
      rows: modelTable(ledger),
      columns: ["model", "Recall@10", "MRR@10", "NDCG@10", "paper's NDCG@10"],
      inReadme: simulation === undefined,
      note: caveats(ledger),
    },
    { of: "losses (table 3)", rows: ablationTable(ledger) },
    { of: "settings of the test-time step", rows: stepTable(ledger) },
    { of: "who knows the time of serving", rows: servingTable(ledger) },
    { of: "NDCG@10 after a planted shift and without", rows: planted },
  ];
}

/** What this data set cannot run, and what makes the rows unequal. */
function caveats({ config }: Ledger): string | undefined {
  const found = [
    ...(datasetHasTimes(config.dataset)
      ? []
      : [
          "The data has no time stamps: TiSASRec, TiM4Rec and all that trains or tests with L_time cannot run on it.",
        ]),
    ...(config.batches === "position" && config.prefixesPerUser > 0
      ? [
          `Caser, BERT4Rec and TiM4Rec cannot train on all positions of a window at once: they see ${config.prefixesPerUser} random prefixes of each user an epoch, fewer targets than the others, and stop as early.`,
        ]
      : []),
  ];
  return found.length === 0 ? undefined : found.join(" ");
}

function figures(ledger: Ledger): Report["figures"] {
  const { dataset } = ledger.config;
  const has = (...names: string[]) => names.every((name) => ledger.runs(name).length === ledger.seeds.length);
  const timed = datasetHasTimes(dataset);
  return {
    ...(has("SASRec", "noBoth") ? { [`${dataset}-models`]: modelFigure(ledger) } : {}),
    ...(timed && has("SASRec", "full")
      ? {
          [`${dataset}-segments`]: segmentFigure(ledger, [
            "SASRec",
            "Mamba4Rec",
            "TiM4Rec",
            "noBoth",
            "full",
          ]),
        }
      : {}),
    ...(timed && has("TiM4Rec", "TTT4Rec", "full") ? { [`${dataset}-gain`]: gainFigure(ledger) } : {}),
    ...(has("noBoth", "full") ? { [`${dataset}-losses`]: ablationFigure(ledger) } : {}),
  };
}
