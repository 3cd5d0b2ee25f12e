import { CommandError } from "./errors";

/** A whole number in a range. @throws CommandError that names the option */
export function wholeNumber(text: string, option: string, least: number, most?: number): number {
  const value = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (value >= least && value <= (most ?? Number.MAX_SAFE_INTEGER)) return value;
  throw new CommandError(`${option} must be a whole number ${rangeText({ least, most })}, not "${text}"`);
}

/** Ends of a range. */
export interface Range {
  readonly least?: number;
  /** The range is open below. */
  readonly above?: number;
  readonly most?: number;
}

/** A number in a range. @throws CommandError that names the option */
export function decimalNumber(text: string, option: string, range: Range): number {
  const { least = Number.NEGATIVE_INFINITY, above = Number.NEGATIVE_INFINITY, most } = range;
  const value = /^\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text.trim()) ? Number(text) : Number.NaN;
  if (value >= least && value > above && value <= (most ?? Number.MAX_VALUE)) return value;
  throw new CommandError(`${option} must be a number ${rangeText(range)}, not "${text}"`);
}

function rangeText({ least, above, most }: Range): string {
  const from = above === undefined ? `from ${least}` : `above ${above}`;
  return most === undefined ? from : `${from} to ${most}`;
}
