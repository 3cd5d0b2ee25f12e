/* What the commands `claims` and `report` ask of the paper. */
import { paperReports, type Study, type StudyTable } from "../../experiment/paperReport";
import type { Report } from "../../experiment/report";
import type { RunStore } from "../../experiment/store";
import { testClaims } from "./claims";
import { derivationTable } from "./derivationTable";
import { experiment } from "./experiment";
import { familyFigure, guessFigure, learningFigure, samplesFigure, temperatureFigure } from "./figures";
import { type Ledger, readLedger, readRuns, variantNames } from "./ledger";
import { PUBLISHED_SOURCE, SAMPLING_SOURCE } from "./published";
import { benchmarkFigure, shapesFigure } from "./report";
import { IN_HOUSE_BANNER } from "./synthetic/inHouse/model";
import { SYNTHETIC_BANNER } from "./synthetic/items";
import {
  checkingTable,
  familyTable,
  languageTable,
  lengthTable,
  publishedFieldTable,
  publishedSamplingTable,
  publishedTable,
  scoreTable,
  trainingTable,
} from "./tables";
import type { AblationName } from "./variants";

export { experiment } from "./experiment";

/** What two cores can run, and what is meant for a large graphics card where that has run. */
const CPU_STUDIES: readonly Study[] = [{ preset: "cpu" }, { preset: "gpu" }];

const BANNERS = `${SYNTHETIC_BANNER} ${IN_HOUSE_BANNER}`;

const reports = paperReports({
  experiment,
  studies: (preset) => (preset === "cpu" ? CPU_STUDIES : [{ preset }]),
  ...{ readRuns, readLedger, tables, figures },
  variantNames: (ablation) => variantNames(ablation as AblationName),
  titleOf: ({ config }: Ledger) => `${SYNTHETIC_BANNER.split(":")[0]}, ${config.numbers} numbers`,
  verdicts: testClaims,
  rule: `${BANNERS} An effect is above 0 where the claim holds. Supported or refuted: p < 0.05 by Holm's correction. All else is undecided.`,
});

export const { storedClaims } = reports;

/** Tables and figures of the stored runs, and what the authors published beside them. */
export async function storedReport(
  store: RunStore,
  preset: string,
  seeds: readonly number[],
): Promise<Report> {
  const report = await reports.storedReport(store, preset, seeds);
  if (report.runs.length === 0) return report;
  return {
    ...report,
    tables: [
      ...report.tables,
      {
        title: "The paper's own scores, in percent",
        rows: publishedTable(),
        inReadme: true,
        note: `${PUBLISHED_SOURCE}. None of them was measured here.`,
      },
      {
        title: "The paper's own scores by field, in percent",
        rows: publishedFieldTable(),
        note: PUBLISHED_SOURCE,
      },
      {
        title: "The paper's own scores of many samples, in percent",
        rows: publishedSamplingTable(),
        note: SAMPLING_SOURCE,
      },
    ],
    figures: { ...report.figures, published: benchmarkFigure(), shapes: shapesFigure() },
  };
}

async function tables(ledger: Ledger): Promise<readonly StudyTable[]> {
  return [
    {
      of: "scores of the in-house model (shares of 1)",
      rows: scoreTable(ledger),
      inReadme: true,
      note: BANNERS,
    },
    { of: "family by family", rows: familyTable(ledger), inReadme: true },
    { of: "English against Chinese, problem by problem", rows: languageTable(ledger) },
    { of: "lengths of right and wrong samples", rows: lengthTable(ledger) },
    {
      of: "derivations, by verdict",
      rows: await derivationTable(ledger),
      note: "Shares of the row's samples. Completeness: of the steps of the problem's own derivation, those that the sample has. Sound: all steps are true, and the box holds what they come to. Guessed: right, and not by a sound and complete derivation.",
    },
    { of: "the two ways of checking", rows: checkingTable(ledger) },
    { of: "training", rows: trainingTable(ledger) },
  ];
}

function figures(ledger: Ledger): Report["figures"] {
  const has = (name: string) => ledger.runs(name).length > 0;
  const made: Report["figures"] = {
    ...(has("main")
      ? {
          learning: learningFigure(ledger),
          samples: samplesFigure(ledger),
          families: familyFigure(ledger),
          guesses: guessFigure(ledger),
        }
      : {}),
    ...(has("greedy") || has("hot") ? { temperature: temperatureFigure(ledger) } : {}),
  };
  const of = ledger.config.numbers === "all" ? "all-" : "";
  return Object.fromEntries(Object.entries(made).map(([name, figure]) => [`${of}${name}`, figure]));
}
