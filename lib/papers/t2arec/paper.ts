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

/** A data set's runs and what they say of the claims. */
interface Studied {
  readonly ledger: Ledger;
  readonly verdicts: readonly ClaimVerdict[];
}

/** Tables and figures of every data set from the runs that are stored. */
export async function storedReport(
  store: RunStore,
  preset: string,
  seeds: readonly number[],
): Promise<Report> {
  const studied: Studied[] = [];
  for (const study of STUDIES) {
    const config = configOf(preset, study as Overrides);
    if (reportedRuns({ runs: readRuns(store, config, seeds) }).length === 0) continue; // its data may not even be here
    const ledger = await readLedger(store, config, seeds);
    studied.push({ ledger, verdicts: testClaims(claimRuns(ledger)) });
  }
  return {
    config: configOf(preset, {}),
    tables: [...(studied.length > 0 ? [verdictTable(studied)] : []), ...studied.flatMap(tablesOf)],
    figures: Object.fromEntries(studied.flatMap(({ ledger }) => Object.entries(figuresOf(ledger)))),
    runs: studied.flatMap(({ ledger }) => reportedRuns(ledger)),
  };
}

function configOf(preset: string, overrides: Overrides): T2ARecConfig {
  return resolveConfig(experiment.name, configuration, preset, overrides);
}

/** The runs of every variant, each once: several names may mean the same run. */
function reportedRuns(ledger: Pick<Ledger, "runs">): ReportedRun[] {
  const names = new Set(Object.keys(experiment.ablations).flatMap(variantNames));
  const runs = [...names].flatMap((name) => ledger.runs(name).map((run) => ({ name, run })));
  return runs.filter(({ run }, i) => runs.findIndex((other) => other.run.id === run.id) === i);
}

/** All claims on all data sets: the verdict, with the effect where there is one. */
function verdictTable(studied: readonly Studied[]): ReportTable {
  const rows = studied[0].verdicts.map(({ claim, sentence, source }, i) => ({
    claim,
    sentence,
    "in the paper": source,
    ...Object.fromEntries(
      studied.map(({ ledger, verdicts }) => [ledger.loaded.meta.title, verdictText(verdicts[i])]),
    ),
  }));
  return {
    title: "Claims (effect, in NDCG@10 unless the claim says otherwise)",
    rows,
    inReadme: true,
    note: "Supported or refuted: p < 0.05 by Holm's correction, or, where the claim is that two things are alike, the 95% interval lies inside or outside the margin. All else is undecided.",
  };
}

function verdictText({ verdict, effect, note }: ClaimVerdict): string {
  if (effect === undefined) return note ?? verdict;
  const details = [effect.difference.toFixed(4), ...(note === undefined ? [] : [note])];
  return `${verdict} (${details.join("; ")})`;
}

function tablesOf({ ledger, verdicts }: Studied): ReportTable[] {
  const { meta, simulation } = ledger.loaded;
  const planted =
    simulation === undefined ? [] : plantedTable(plantedReferences(ledger.loaded, ledger.config), ledger);
  const all: readonly (Omit<ReportTable, "title"> & { readonly of: string })[] = [
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
    { of: "claims", rows: claimRows(verdicts) },
  ];
  return all
    .filter(({ rows }) => rows.length > 0)
    .map(({ of, ...table }) => ({ title: `${meta.title}: ${of}`, ...table }));
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
