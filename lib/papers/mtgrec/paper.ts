/* What the commands `claims` and `report` ask of the paper. */
import { type ClaimVerdict, claimRows } from "../../experiment/claims";
import { type Overrides, parseOverrides, resolveConfig } from "../../experiment/configuration";
import type { Report, ReportedRun, ReportTable } from "../../experiment/report";
import type { RunStore } from "../../experiment/store";
import { claimRuns, testClaims } from "./claims";
import { configuration, type MtgRecConfig } from "./config";
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

/** Tables and figures from the runs that are stored: of the preset; with `cpu` of all that two cores can run. */
export async function storedReport(
  store: RunStore,
  preset: string,
  seeds: readonly number[],
): Promise<Report> {
  const studied: Studied[] = [];
  for (const each of preset === "cpu" ? CPU_PRESETS : [preset]) {
    const config = configOf(each, {});
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

function configOf(preset: string, overrides: Overrides): MtgRecConfig {
  return resolveConfig(experiment.name, configuration, preset, overrides);
}

/** The runs of every variant, each once: several names may mean the same run. */
function reportedRuns(ledger: Pick<Ledger, "runs">): ReportedRun[] {
  const names = new Set((Object.keys(ABLATIONS) as AblationName[]).flatMap(variantNames));
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
      studied.map(({ ledger, verdicts }) => [ledger.catalogue.meta.title, verdictText(verdicts[i])]),
    ),
  }));
  return {
    title: "Claims (effect, in NDCG@10 unless the claim says otherwise)",
    rows,
    inReadme: true,
    note: "Supported or refuted: p < 0.05 by Holm's correction, or, where the claim is that a share is small, the 95% interval lies inside or outside the margin. All else is undecided.",
  };
}

function verdictText({ verdict, effect, note }: ClaimVerdict): string {
  if (effect === undefined) return note ?? verdict;
  const details = [effect.difference.toFixed(4), ...(note === undefined ? [] : [note])];
  return `${verdict} (${details.join("; ")})`;
}

function tablesOf({ ledger, verdicts }: Studied): ReportTable[] {
  const complete = (name: AblationName) =>
    variantNames(name).every((variant) => ledger.runs(variant).length === ledger.seeds.length);
  const ablations = (Object.keys(ABLATIONS) as AblationName[])
    .filter((name) => name !== "models" && complete(name))
    .filter((name) => name !== "main" || !complete("components")); // which has all of it
  const all: readonly (Omit<ReportTable, "title"> & { readonly of: string })[] = [
    {
      of: "models (table 2)",
      rows: modelTable(ledger),
      columns: ["model", "Recall@10", "NDCG@10", "paper's NDCG@10 (Scientific)"],
      inReadme: true,
      note: "The paper's numbers belong to other data: they stand beside ours for their order, not for their size.",
    },
    ...ablations.map((name) => ({ of: ABLATIONS[name].title, rows: ablationTable(ledger, name) })),
    { of: "items written differently by snapshots (table 5)", rows: churnTable(ledger) },
    { of: "claims", rows: claimRows(verdicts) },
  ];
  return all
    .filter(({ rows }) => rows.length > 0)
    .map(({ of, ...table }) => ({ title: `${ledger.catalogue.meta.title}: ${of}`, ...table }));
}

function figuresOf(ledger: Ledger): Report["figures"] {
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
