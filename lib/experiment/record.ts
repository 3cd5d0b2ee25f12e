import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../data/root";
import { type Figure, figureFromJson } from "../figures";
import { machine, sourceCommit } from "./provenance";
import { mean, standardDeviation } from "./statistics";

/**
 * Where figures and results go: `REPRISE_FIGURES`, or else the project's folder; undefined (nothing is written) where the variable is "none".
 */
export function figureFolder(): string | undefined {
  const told = process.env["REPRISE_FIGURES"];
  if (told === "none") return undefined;
  return told || join(projectRoot(), "figures");
}

/** A table of results, as `npm start` and the README show it. */
export interface ResultTable {
  readonly title: string;
  readonly columns?: readonly string[];
  readonly rows: readonly Readonly<
    Record<string, string | number | boolean | null | { mean: number; std: number }>
  >[];
}

/** A cell of repeated measurements: mean and sample standard deviation over seeds; of one seed the number alone. */
export function measured(values: readonly number[]): number | { mean: number; std: number } {
  return values.length === 1 ? values[0] : { mean: mean(values), std: standardDeviation(values) };
}

/** What a run of a notebook has found. */
export interface Results {
  readonly preset: string;
  readonly seeds: readonly number[];
  /** The configuration that the numbers belong to. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Seconds that the runs took. */
  readonly seconds: number;
  readonly tables: readonly ResultTable[];
  /** The runs behind the tables. */
  readonly runs: readonly Readonly<Record<string, unknown>>[];
}

/** Identifies a configuration: the first 12 digits of the SHA-256 of its fields in alphabetical order. */
export function configHash(config: Readonly<Record<string, unknown>>): string {
  const sorted = Object.fromEntries(Object.entries(config).sort(([a], [b]) => (a < b ? -1 : 1)));
  return createHash("sha256").update(JSON.stringify(sorted)).digest("hex").slice(0, 12);
}

/** What `figures/<paper>/results.json` holds, as far as it is shown. */
export interface RecordedResults extends Pick<Results, "preset" | "seeds" | "tables"> {
  readonly commit: string;
  readonly date: string;
}

/** The results that a report has written into the project's `figures/`. @throws where there are none */
export function readResults(paper: string): RecordedResults {
  return JSON.parse(readReported(paper, "results.json"));
}

/** The table whose title begins like this. @throws where there is none, naming those that there are */
export function tableOf({ tables }: Pick<RecordedResults, "tables">, title: string): ResultTable {
  const found = tables.find((table) => table.title.startsWith(title));
  if (found === undefined)
    throw new Error(
      `There is no table "${title}…"; there are: ${tables.map((table) => table.title).join("; ")}.`,
    );
  return found;
}

/** A figure that a report has written into the project's `figures/`. @throws where there is none of this name */
export function readFigure(paper: string, name: string): Figure {
  return figureFromJson(readReported(paper, `${name}.json`));
}

function readReported(paper: string, name: string): string {
  const file = join(projectRoot(), "figures", paper, name);
  if (!existsSync(file))
    throw new Error(`There is no ${file}: npx reprise report ${paper} writes it from the stored runs.`);
  return readFileSync(file, "utf8");
}

/**
 * Writes `figures/<paper>/results.json`: the numbers behind a paper's tables and figures, with all that is needed to get them again.
 * @returns the file, or undefined where `REPRISE_FIGURES=none`
 */
export function recordResults(paper: string, results: Results): string | undefined {
  const folder = figureFolder();
  if (folder === undefined) return undefined;
  const record = {
    paper,
    ...results,
    configHash: configHash(results.config),
    commit: sourceCommit(),
    date: new Date().toISOString().slice(0, 10),
    machine: machine(),
  };
  const file = join(folder, paper, "results.json");
  mkdirSync(join(folder, paper), { recursive: true });
  writeFileSync(`${file}.new`, `${JSON.stringify(record, null, 1)}\n`);
  renameSync(`${file}.new`, file);
  return file;
}
