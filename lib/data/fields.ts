import { DataError, type DataLocation } from "./error";

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/** A finite decimal number; anything else (empty, `NaN`, `0x10`, trailing text) is an error that names its place. */
export function parseNumber(text: string, location: DataLocation): number {
  const value = NUMBER.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(value)) {
    throw new DataError(
      `${JSON.stringify(text)} is not a number.`,
      location,
      "Mend the row, or fetch the file anew.",
    );
  }
  return value;
}

/** An integer >= `minimum`. */
export function parseInteger(text: string, location: DataLocation, minimum = 0): number {
  const value = parseNumber(text, location);
  if (!Number.isSafeInteger(value) || value < minimum) {
    const problem = `${JSON.stringify(text)} is not an integer >= ${minimum}.`;
    throw new DataError(problem, location, "Mend the row, or fetch the file anew.");
  }
  return value;
}

/** A name that is not empty. */
export function parseToken(text: string, location: DataLocation): string {
  if (text === "")
    throw new DataError("The value is empty.", location, "Mend the row, or fetch the file anew.");
  return text;
}

/** Splits a row and checks that it has as many fields as it should. */
export function splitRow(text: string, separator: string, count: number, location: DataLocation): string[] {
  const fields = text.split(separator);
  if (fields.length !== count) {
    const problem = `The row has ${fields.length} field${fields.length === 1 ? "" : "s"}, ${count} were expected.`;
    throw new DataError(problem, location, "Mend the row, or fetch the file anew (it may be cut short).");
  }
  return fields;
}
