import { type ClaimVerdict, claimRows } from "./claims";
import { type Overrides, parseOverrides, resolveConfig } from "./configuration";
import type { Experiment } from "./experiment";
import type { RunsByName } from "./ledger";
import type { Report, ReportedRun, ReportTable } from "./report";
import type { RunStore } from "./store";

/** One of the configurations that are reported together: another data set, or another size. */
export interface Study {
  readonly preset: string;
  /** What it changes in the preset. Default: nothing. */
  readonly overrides?: Overrides;
}

/** A table by what it shows; the title of its study is put before it. */
export type StudyTable = Omit<ReportTable, "title"> & { readonly of: string };

/** What a paper says of the runs of one configuration. */
export interface PaperReporter<C, L extends { readonly runs: RunsByName }> {
  readonly experiment: Experiment<C>;
  /** What is reported together under a preset. */
  studies(preset: string): readonly Study[];
  readRuns(store: RunStore, config: C, seeds: readonly number[]): RunsByName;
  readLedger(store: RunStore, config: C, seeds: readonly number[]): Promise<L>;
  variantNames(ablation: string): string[];
  /** Of the data behind a ledger. */
  titleOf(ledger: L): string;
  verdicts(ledger: L): ClaimVerdict[];
  /** Its tables without that of the claims; those without rows are left out. */
  tables(ledger: L): readonly StudyTable[] | Promise<readonly StudyTable[]>;
  figures(ledger: L): Report["figures"];
  /** What a claim's effect is counted in, unless the claim says otherwise; absent: each claim says it. */
  readonly effect?: string;
  /** When a claim counts as supported or refuted; stands below the table of claims. */
  readonly rule: string;
}

/** What the commands `claims` and `report` ask of a paper. */
export interface PaperReports {
  /** The verdicts on the paper's claims from the runs that are stored. */
  storedClaims(
    store: RunStore,
    preset: string,
    settings: readonly string[],
    seeds: readonly number[],
  ): Promise<ClaimVerdict[]>;
  /** Tables and figures of every study from the runs that are stored. */
  storedReport(store: RunStore, preset: string, seeds: readonly number[]): Promise<Report>;
}

/** A study's runs and what they say of the claims. */
interface Studied<L> {
  readonly ledger: L;
  readonly verdicts: readonly ClaimVerdict[];
}

export function paperReports<C, L extends { readonly runs: RunsByName }>(
  paper: PaperReporter<C, L>,
): PaperReports {
  const { experiment, readRuns, readLedger } = paper;
  const configOf = (preset: string, overrides: Overrides) =>
    resolveConfig(experiment.name, experiment.configuration, preset, overrides);

  /** The runs of every variant, each once: several names may mean the same run. */
  function reportedRuns(runsOf: RunsByName): ReportedRun[] {
    const names = new Set(Object.keys(experiment.ablations).flatMap(paper.variantNames));
    const runs = [...names].flatMap((name) => runsOf(name).map((run) => ({ name, run })));
    return runs.filter(({ run }, i) => runs.findIndex((other) => other.run.id === run.id) === i);
  }

  /** All claims on all data: the verdict, with the effect where there is one. */
  function verdictTable(studied: readonly Studied<L>[]): ReportTable {
    const rows = studied[0].verdicts.map(({ claim, sentence, source }, i) => ({
      claim,
      sentence,
      "in the paper": source,
      ...Object.fromEntries(
        studied.map(({ ledger, verdicts }) => [paper.titleOf(ledger), verdictText(verdicts[i])]),
      ),
    }));
    return {
      title: `Claims (effect${paper.effect === undefined ? "" : `, in ${paper.effect} unless the claim says otherwise`})`,
      rows,
      inReadme: true,
      note: paper.rule,
    };
  }

  async function tablesOf({ ledger, verdicts }: Studied<L>): Promise<ReportTable[]> {
    return [...(await paper.tables(ledger)), { of: "claims", rows: claimRows(verdicts) }]
      .filter(({ rows }) => rows.length > 0)
      .map(({ of, ...table }) => ({ title: `${paper.titleOf(ledger)}: ${of}`, ...table }));
  }

  return {
    async storedClaims(store, preset, settings, seeds) {
      const overrides = parseOverrides(experiment.configuration.schema, settings);
      return paper.verdicts(await readLedger(store, configOf(preset, overrides), seeds));
    },
    async storedReport(store, preset, seeds) {
      const studied: Studied<L>[] = [];
      for (const study of paper.studies(preset)) {
        const config = configOf(study.preset, study.overrides ?? {});
        if (reportedRuns(readRuns(store, config, seeds)).length === 0) continue; // its data may not even be here
        const ledger = await readLedger(store, config, seeds);
        studied.push({ ledger, verdicts: paper.verdicts(ledger) });
      }
      const tables = studied.length > 0 ? [verdictTable(studied)] : [];
      for (const study of studied) tables.push(...(await tablesOf(study)));
      return {
        config: configOf(preset, {}) as Report["config"],
        tables,
        figures: Object.fromEntries(studied.flatMap(({ ledger }) => Object.entries(paper.figures(ledger)))),
        runs: studied.flatMap(({ ledger }) => reportedRuns(ledger.runs)),
      };
    },
  };
}

function verdictText({ verdict, effect, note }: ClaimVerdict): string {
  if (effect === undefined) return note ?? verdict;
  const details = [effect.difference.toFixed(4), ...(note ? [note] : [])];
  return `${verdict} (${details.join("; ")})`;
}
