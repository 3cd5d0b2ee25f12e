import type { Figure } from "../figures";
import type { ResultTable } from "./record";
import type { StoredRun } from "./store";

/** A table of a report; those of the README are its shortest telling. */
export interface ReportTable extends ResultTable {
  readonly inReadme?: boolean;
  /** What a reader must know beside it: what could not be run, say. */
  readonly note?: string;
}

/** What the stored runs of an experiment say. */
export interface Report {
  /** The configuration of the preset. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly tables: readonly ReportTable[];
  /** By the name of their files. */
  readonly figures: Readonly<Record<string, Figure>>;
  /** The runs behind tables and figures, each with the name it has there. */
  readonly runs: readonly ReportedRun[];
}

export interface ReportedRun {
  readonly name: string;
  readonly run: StoredRun;
}

/** A run as a results file holds it: what it is, what it found, how it came about. */
export function reportedRecord({ name, run }: ReportedRun): Readonly<Record<string, unknown>> {
  const { id, seed, config, metrics, timings, provenance } = run;
  const { commit, date, machine, seconds } = provenance;
  return { name, id, seed, dataset: config["dataset"], metrics, timings, commit, date, machine, seconds };
}

/**
 * A text with what stands between two marks replaced: `<!-- results: NAME -->` and `<!-- /results: NAME -->`, each on a line of its own.
 * @throws where the marks are not there
 */
export function replaceSection(text: string, name: string, content: string): string {
  const [open, close] = [`<!-- results: ${name} -->`, `<!-- /results: ${name} -->`];
  const [start, end] = [text.indexOf(open), text.indexOf(close)];
  if (start < 0 || end < start) throw new Error(`There is no section between "${open}" and "${close}".`);
  return `${text.slice(0, start + open.length)}\n\n${content.trim()}\n\n${text.slice(end)}`;
}
