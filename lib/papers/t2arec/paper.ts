/* What the commands `claims` and `report` ask of the paper. */
import { type ClaimVerdict, claimRows } from "../../experiment/claims";
import { type Overrides, parseOverrides, resolveConfig } from "../../experiment/configuration";
import type { Report, ReportedRun, ReportTable } from "../../experiment/report";
import type { RunStore } from "../../experiment/store";
import { datasetHasTimes } from "../../recsys/datasets";
import { claimRuns, testClaims } from "./claims";
import { configuration, type T2ARecConfig } from "./config";
import { experiment } from "./experiment";
import { ablationFigure, gainFigure, modelFigure, segmentFigure } from "./figures";
import { type Ledger, readLedger, variantNames } from "./ledger";
import { plantedReferences } from "./planted";
import { ablationTable, modelTable, plantedTable, servingTable, stepTable, throughputTable } from "./tables";

export { experiment } from "./experiment";

/** The data sets of the report, each with what it changes: the simulators' histories are short. */
const STUDIES: readonly (Partial<T2ARecConfig> & { readonly dataset: string })[] = [
  { dataset: "ml-100k" },
  { dataset: "amazon-beauty" },
  { dataset: "simulator", windowLength: 32 },
  { dataset: "simulator-item-gaps", windowLength: 32 },
];

const CLAIM_COLUMNS = [
  "claim",
  "sentence",
  "in the paper",
  "effect",
  "95% interval",
  "p (Holm)",
  "verdict",
  "note",
];

/** The verdicts on the paper's claims from the runs that are stored. */
export async function storedClaims(
  store: RunStore,
  preset: string,
  settings: readonly string[],
  seeds: readonly number[],
): Promise<ClaimVerdict[]> {
  const overrides = parseOverrides(configuration.schema, settings);
  return testClaims(claimRuns(await readLedger(store, configOf(preset, overrides), seeds)));
}

/** Tables and figures of every data set from the runs that are stored. */
export async function storedReport(
  store: RunStore,
  preset: string,
  seeds: readonly number[],
): Promise<Report> {
  const ledgers: Ledger[] = [];
  for (const study of STUDIES) {
    const ledger = await readLedger(store, configOf(preset, study as Overrides), seeds);
    if (reportedRuns(ledger).length > 0) ledgers.push(ledger);
  }
  return {
    config: configOf(preset, {}),
    tables: ledgers.flatMap(tablesOf),
    figures: Object.fromEntries(ledgers.flatMap((ledger) => Object.entries(figuresOf(ledger)))),
    runs: ledgers.flatMap(reportedRuns),
  };
}

function configOf(preset: string, overrides: Overrides): T2ARecConfig {
  return resolveConfig(experiment.name, configuration, preset, overrides);
}

function reportedRuns(ledger: Ledger): ReportedRun[] {
  const names = new Set(Object.keys(experiment.ablations).flatMap(variantNames));
  const runs = [...names].flatMap((name) => ledger.runs(name).map((run) => ({ name, run })));
  return runs.filter(({ run }, i) => runs.findIndex((other) => other.run.id === run.id) === i);
}

function tablesOf(ledger: Ledger): ReportTable[] {
  const { meta, simulation } = ledger.loaded;
  const planted: ReportTable[] =
    simulation === undefined
      ? []
      : [
          {
            title: `${meta.title}: NDCG@10 after a planted shift and without`,
            rows: plantedTable(plantedReferences(ledger.loaded, ledger.config), ledger),
          },
        ];
  const all: ReportTable[] = [
    {
      title: `${meta.title}: models (table 2)`,
      rows: modelTable(ledger),
      inReadme: true,
      note: leftOut(ledger),
    },
    { title: `${meta.title}: losses (table 3)`, rows: ablationTable(ledger) },
    { title: `${meta.title}: settings of the test-time step`, rows: stepTable(ledger) },
    { title: `${meta.title}: who knows the time of serving`, rows: servingTable(ledger) },
    { title: `${meta.title}: throughput at test (table 4)`, rows: throughputTable(ledger) },
    ...planted,
    {
      title: `${meta.title}: claims`,
      columns: CLAIM_COLUMNS,
      rows: claimRows(testClaims(claimRuns(ledger))),
      inReadme: true,
    },
  ];
  return all.filter(({ rows }) => rows.length > 0);
}

/** What this data set cannot run. */
function leftOut({ config }: Ledger): string | undefined {
  if (datasetHasTimes(config.dataset)) return undefined;
  return "The data has no time stamps: TiSASRec, TiM4Rec and all that trains or tests with L_time cannot run on it.";
}

function figuresOf(ledger: Ledger): Report["figures"] {
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
