import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { DataError } from "../../data/error";
import { nearestName } from "../../data/nearest";
import { storeFolder } from "../../experiment/store";
import type { CheckMode } from "../../math";
import { tableText } from "../../notebook/table";
import {
  type Comparison,
  comparedNames,
  comparison,
  comparisonTables,
  type ReportInFolder,
  readReport,
  writeComparison,
} from "../../papers/olymmath/report";
import { CommandError } from "../errors";
import { decimalNumber } from "../numbers";

/** The options of `reprise compare olymmath` as they are typed. */
export interface CompareOptions {
  /** "NAME=SCORE" each. */
  readonly aime24?: readonly string[];
  readonly mode?: string;
  readonly out?: string;
  readonly figures?: boolean;
}

/** What the command needs of the world around it. */
export interface CompareSurroundings {
  readonly print: (line: string) => void;
  /** For the intervals. Default: as those of a report. */
  readonly resamples?: number;
}

/**
 * `reprise compare olymmath`: sets the reports of several models beside each other. Draws no sample, and grades none.
 * @returns the exit code: 0
 * @throws CommandError for what a person can mend
 */
export async function runCompare(
  benchmark: string,
  folders: readonly string[],
  { aime24 = [], mode = "ref", out, figures = true }: CompareOptions = {},
  { print, resamples }: CompareSurroundings = { print: console.log },
): Promise<number> {
  if (benchmark !== "olymmath")
    throw new CommandError(`there is no benchmark "${benchmark}"`, ["there is: olymmath"]);
  if (mode !== "ref" && mode !== "want")
    throw new CommandError(`"${mode}" is no way of checking answers`, ["--mode ref, or --mode want"]);
  const compared = folders.map(openReport);
  const target = out === undefined ? join(storeFolder(), "eval", "olymmath", "comparison") : resolve(out);
  try {
    const made = comparison(compared, { resamples, aime24: aime24Scores(aime24, comparedNames(compared)) });
    const files = await writeComparison(target, made, figures ? mode : undefined);
    print(comparisonText(made, mode));
    print(`Comparison: ${files.join(", ")}`);
    return 0;
  } catch (error) {
    if (error instanceof DataError) throw new CommandError(error.message);
    throw error;
  }
}

function openReport(folder: string): ReportInFolder {
  if (!existsSync(join(folder, "report.json")))
    throw new CommandError(`${folder} has no report.json`, [
      "name the folders that npx reprise eval olymmath has written",
      "a folder with a log alone gets its report when the same eval command is called again",
    ]);
  let report: ReportInFolder["report"];
  try {
    report = readReport(folder);
  } catch (error) {
    throw new CommandError(`${join(folder, "report.json")} cannot be read: ${(error as Error).message}`);
  }
  if (!Array.isArray(report?.sets) || typeof report.checker !== "string")
    throw new CommandError(`${join(folder, "report.json")} is no report of npx reprise eval olymmath`);
  return { folder, report };
}

function aime24Scores(given: readonly string[], names: readonly string[]): Map<string, number> {
  const example = "--aime24 NAME=SCORE, the score in percent";
  return new Map(
    given.map((text) => {
      const at = text.lastIndexOf("="); // names may have one too
      if (at < 1) throw new CommandError(`--aime24 ${text} is no model with a score`, [example]);
      const name = text.slice(0, at);
      if (!names.includes(name)) {
        const near = nearestName(name, names);
        throw new CommandError(`--aime24 names "${name}", which is not compared`, [
          ...(near === undefined ? [] : [`did you mean ${near}?`]),
          `there are: ${names.join(", ")}`,
        ]);
      }
      return [name, decimalNumber(text.slice(at + 1), "--aime24", { least: 0, most: 100 })] as const;
    }),
  );
}

/** Banners, then the scores and the comparison of languages by one way of checking. */
function comparisonText(of: Comparison, mode: CheckMode): string {
  const shown = ["Scores by set", "English against Chinese, over the models"];
  const tables = comparisonTables(of)
    .filter(({ title }) => shown.includes(title))
    .flatMap(({ title, rows }) => {
      const own = rows.filter(({ checked }) => checked === mode).map(({ checked: _, ...row }) => row);
      return [title, tableText(own), ""];
    });
  return [...of.banners, ...tables, `Percent, answers checked as ${mode}.`].join("\n");
}
