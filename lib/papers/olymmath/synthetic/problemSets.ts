import type { Language, Tier } from "../problems/problem";
import { type Split, type SynthItem, synthItem } from "./items";

export interface SynthSetOptions {
  readonly split: Split;
  readonly tier: Tier;
  /** Problems; the official files have 100. */
  readonly count: number;
  /** Index in the split to begin with. Default 0. */
  readonly first?: number;
  /** Names of the families, which take turns. Default: all, by the shares of the official fields. */
  readonly families?: readonly string[];
}

/** Indices that are tried in a row without a new problem before a set is given up. */
const MOST_REPEATS = 1000;

/**
 * Problems of consecutive indices, each text once: what an earlier one says already is left out, and the next index takes its place.
 * @throws RangeError where the families have no more problems, or the index leaves the split
 */
export function synthSet({ split, tier, count, first = 0, families }: SynthSetOptions): SynthItem[] {
  if (!(Number.isInteger(count) && count >= 1))
    throw new RangeError(`The count must be a positive whole number, not ${count}.`);
  if (families?.length === 0) throw new RangeError("The list of families is empty.");
  const items = new Map<string, SynthItem>();
  for (let index = first, repeats = 0; items.size < count; index++) {
    const item = synthItem({ split, tier, index, family: families?.[items.size % families.length] });
    if (!items.has(item.text.EN)) {
      items.set(item.text.EN, item);
      repeats = 0;
    } else if (++repeats === MOST_REPEATS)
      throw new RangeError(
        `${items.size} problems were found and then ${MOST_REPEATS} repetitions: ask for fewer than ${count}, or for more families.`,
      );
  }
  return [...items.values()];
}

const CHINESE_SUBJECTS = {
  Algebra: "代数",
  Geometry: "几何",
  "Number Theory": "数论",
  Combinatorics: "组合",
} as const;

/** A row of a file like the official ones, with the trap as a further field. */
export interface SynthRow {
  readonly problem: string;
  readonly answer: string;
  readonly subject: string;
  readonly unique_id: string;
  /** The first of the traps: what the most tempting shortcut gives. */
  readonly trap: string;
}

/** "SYNTH-HARD-0-EN": never the name of an official problem. */
export function synthRows(items: readonly SynthItem[], language: Language): SynthRow[] {
  return items.map(({ text, answer, field, tier, traps }, index) => ({
    problem: text[language],
    answer,
    subject: language === "EN" ? field : CHINESE_SUBJECTS[field],
    unique_id: `SYNTH-${tier}-${index}-${language}`,
    trap: traps[0].value,
  }));
}

/** The content of a JSON Lines file, as `readProblemFile` reads it. */
export function synthLines(items: readonly SynthItem[], language: Language): string {
  return synthRows(items, language)
    .map((row) => `${JSON.stringify(row)}\n`)
    .join("");
}
