import { createHash } from "node:crypto";

/** What a configuration is made of. */
export type Json = null | boolean | number | string | readonly Json[] | JsonRecord;
export interface JsonRecord {
  readonly [key: string]: Json;
}

/** What a run is a function of, besides the code. */
export interface RunSpec {
  readonly experiment: string;
  /** Every field that matters to the run. */
  readonly config: JsonRecord;
  readonly seed: number;
}

/**
 * The name under which a run is stored: 16 hexadecimal digits of the SHA-256 of all that it is a function of. Equal runs have equal
 * names, whatever the order in which their configurations were written.
 * @param code  the version of the code, from `codeVersion`
 */
export function runId({ experiment, config, seed }: RunSpec, code: string): string {
  return digest({ experiment, config, seed, code }).slice(0, 16);
}

/** SHA-256 of a value in canonical form, in hexadecimal. */
export function digest(value: Json): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex");
}

/**
 * JSON with the keys of every record in alphabetical order and no spaces: equal values give equal texts.
 * @throws where a number is not finite, as JSON has none
 */
export function canonicalJson(value: Json): string {
  if (typeof value === "number" && !Number.isFinite(value)) {
    throw new Error(`A configuration cannot hold ${value}: JSON has no such number.`);
  }
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const record = value as JsonRecord;
  const fields = Object.keys(record)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(record[key])}`);
  return `{${fields.join(",")}}`;
}
