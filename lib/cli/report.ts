import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nearestName } from "../data/nearest";
import { projectRoot } from "../data/root";
import { figureFolder, recordResults } from "../experiment/record";
import { type Report, type ReportTable, replaceSection, reportedRecord } from "../experiment/report";
import { RunStore } from "../experiment/store";
import { exportFigure } from "../figures/export";
import { tableMarkdown, tableText } from "../notebook/table";
import { CommandError } from "./errors";
import { parseSeeds } from "./experiments";

export interface ReportOptions {
  preset?: string;
  seeds?: string;
}

/** What can be reported. */
interface Reporter {
  storedReport(store: RunStore, preset: string, seeds: readonly number[]): Promise<Report>;
}

const REPORTERS: Readonly<Record<string, () => Reporter>> = {
  baselines: () => require("../recsys/baselinesReport"),
  mtgrec: () => require("../papers/mtgrec/paper"),
  olymmath: () => require("../papers/olymmath/paper"),
  "relevance-patching": () => require("../papers/relevance-patching/paper"),
  "stream-rec": () => require("../papers/stream-rec/paper"),
  t2arec: () => require("../papers/t2arec/paper"),
  utgrec: () => require("../papers/utgrec/paper"),
};

/** `reprise report`: what the stored runs say, published. Makes no run. */
export async function runReport(
  name: string,
  { preset = "cpu", seeds: list = "1,2,3" }: ReportOptions = {},
): Promise<number> {
  const reporter = findReporter(name);
  const seeds = parseSeeds(list);
  const store = new RunStore(undefined, (warning) => console.error(`! ${warning}`));
  const report = await reporter.storedReport(store, preset, seeds).catch((error: Error) => {
    throw new CommandError(error.message);
  });
  if (report.runs.length === 0)
    throw new CommandError(
      `no run of ${name} with preset ${preset} and seeds ${seeds.join(", ")} is stored`,
      [
        `npx reprise ablate ${name} makes them`,
        "runs of an earlier version of the code do not count: npx reprise runs list shows what there is",
      ],
    );
  await publishReport(name, report, { preset, seeds, readme: join(projectRoot(), "README.md") });
  return 0;
}

/** Where a report belongs. */
export interface Publication {
  readonly preset: string;
  readonly seeds: readonly number[];
  /** The file whose section of this name is replaced. */
  readonly readme: string;
}

/** Prints a report's tables, and writes them with its figures to `figures/<name>/` and to the README's section; only prints where `REPRISE_FIGURES=none`. */
export async function publishReport(
  name: string,
  report: Report,
  { preset, seeds, readme }: Publication,
): Promise<void> {
  for (const table of report.tables) console.log(`\n${asText(table)}`);
  const folder = figureFolder();
  if (folder === undefined) return;
  const file = recordResults(name, {
    preset,
    seeds,
    config: report.config,
    seconds: Math.round(report.runs.reduce((sum, { run }) => sum + run.provenance.seconds, 0)),
    tables: report.tables,
    runs: report.runs.map(reportedRecord),
  });
  console.log(`\nWritten: ${file}`);
  for (const [figure, data] of Object.entries(report.figures)) {
    const files = await exportFigure(data, join(folder, name, figure));
    console.log(`Figure: ${files.join(", ")}`);
  }
  writeReadme(name, report, { preset, seeds, readme });
  console.log(`Section replaced: ${readme}`);
}

function findReporter(name: string): Reporter {
  const found = Object.hasOwn(REPORTERS, name) ? REPORTERS[name] : undefined;
  if (found !== undefined) return found();
  const near = nearestName(name, Object.keys(REPORTERS));
  throw new CommandError(`there is nothing to report of "${name}"`, [
    ...(near === undefined ? [] : [`did you mean ${near}?`]),
    `there are: ${Object.keys(REPORTERS).join(", ")}`,
  ]);
}

function asText({ title, columns, rows, note }: ReportTable): string {
  return [title, tableText(rows, { columns }), ...(note === undefined ? [] : [note])].join("\n\n");
}

function writeReadme(name: string, { tables, runs }: Report, { preset, seeds, readme }: Publication): void {
  const dates = runs.map(({ run }) => run.provenance.date.slice(0, 10)).sort();
  const commits = [...new Set(runs.map(({ run }) => run.provenance.commit))];
  const source = `\`npx reprise report ${name}\`: preset \`${preset}\`, seeds ${seeds.join(", ")}; ${runs.length} runs up to ${dates.at(-1)} at ${commits.join(", ")}; numbers behind the tables: [results.json](figures/${name}/results.json).`;
  const shown = tables
    .filter(({ inReadme }) => inReadme)
    .map(({ title, columns, rows, note }) =>
      [`**${title}**`, tableMarkdown(rows, { columns }), ...(note === undefined ? [] : [note])].join("\n\n"),
    );
  const text = replaceSection(readFileSync(readme, "utf8"), name, [source, ...shown].join("\n\n"));
  writeFileSync(`${readme}.new`, text);
  renameSync(`${readme}.new`, readme);
}
