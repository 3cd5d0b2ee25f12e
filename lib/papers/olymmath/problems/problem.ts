export const LANGUAGES = ["EN", "ZH"] as const;
export const TIERS = ["EASY", "HARD"] as const;
export const FIELDS = ["Algebra", "Geometry", "Number Theory", "Combinatorics"] as const;

export type Language = (typeof LANGUAGES)[number];
export type Tier = (typeof TIERS)[number];
export type Field = (typeof FIELDS)[number];
/** A file of the benchmark: one tier in one language. */
export type SetName = `${Language}-${Tier}`;

export const SET_NAMES: readonly SetName[] = ["EN-EASY", "EN-HARD", "ZH-EASY", "ZH-HARD"];

/** One problem in one language. */
export interface Problem {
  /** "OlymMATH-HARD-0-EN", or "SYNTH-..." of a made-up one. */
  readonly id: string;
  readonly tier: Tier;
  readonly language: Language;
  /** Its row in the file, from 0: the same in both languages. */
  readonly index: number;
  readonly field: Field;
  /** LaTeX. */
  readonly text: string;
  /** LaTeX without `$`: a real number or an interval. */
  readonly answer: string;
  /** What a tempting shortcut gives instead of the answer; of made-up problems only. */
  readonly trap?: string;
}

export interface ProblemSet {
  readonly name: SetName;
  /** In the order of the file. */
  readonly problems: readonly Problem[];
  /** SHA-256 of the file, in hexadecimal: golds have been corrected before. */
  readonly sha256: string;
  /** Whether the problems were made up, and the results say nothing of the benchmark. */
  readonly synthetic: boolean;
}
