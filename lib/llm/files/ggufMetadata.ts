import { nearestName } from "../../data/nearest";
import { ModelFileError } from "./error";
import type { Gguf } from "./gguf";
import type { MetadataArray, MetadataValue } from "./ggufValues";

/** Whatever has the metadata of a file. */
export type HasMetadata = Pick<Gguf, "metadata"> & { readonly source: { readonly name: string } };

/**
 * Typed look-ups in the metadata of a GGUF file. Without a default, a key that is missing is an error that names it and the nearest key
 * there is; a value of another type always is.
 * @param missing  what to answer where there is no such key
 */
export function text(gguf: HasMetadata, key: string, missing?: string): string {
  return lookUp(gguf, key, missing, "a text", (value) => (typeof value === "string" ? value : undefined));
}

/** A whole number from 0 to 2⁵³ - 1. */
export function count(gguf: HasMetadata, key: string, missing?: number): number {
  return lookUp(gguf, key, missing, "a whole number from 0 on", (value) =>
    Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined,
  );
}

/** A finite number. */
export function real(gguf: HasMetadata, key: string, missing?: number): number {
  return lookUp(gguf, key, missing, "a finite number", (value) =>
    Number.isFinite(value) ? (value as number) : undefined,
  );
}

export function flag(gguf: HasMetadata, key: string, missing?: boolean): boolean {
  return lookUp(gguf, key, missing, "true or false", (value) =>
    typeof value === "boolean" ? value : undefined,
  );
}

/** A list of texts; empty where the file has an empty list. */
export function texts(gguf: HasMetadata, key: string, missing?: readonly string[]): readonly string[] {
  return lookUp(gguf, key, missing, "a list of texts", (value) =>
    Array.isArray(value) && (value.length === 0 || typeof value[0] === "string")
      ? (value as readonly string[])
      : undefined,
  );
}

/** A list of numbers of any width; 64-bit integers only as far as numbers hold them exactly. */
export function numbers(gguf: HasMetadata, key: string, missing?: readonly number[]): readonly number[] {
  return lookUp(gguf, key, missing, "a list of numbers", (value) => {
    if (!ArrayBuffer.isView(value)) return undefined;
    const found = Array.from(value as Iterable<number | bigint> & ArrayLike<number | bigint>, Number);
    const whole = value instanceof BigInt64Array || value instanceof BigUint64Array;
    return whole && !found.every(Number.isSafeInteger) ? undefined : found;
  });
}

function lookUp<T>(
  { metadata, source }: HasMetadata,
  key: string,
  missing: T | undefined,
  wanted: string,
  convert: (value: MetadataValue) => T | undefined,
): T {
  const value = metadata.get(key);
  if (value === undefined) {
    if (missing !== undefined) return missing;
    const nearest = nearestName(key, [...metadata.keys()]);
    throw new ModelFileError(
      `the metadata have no such key, which should be ${wanted}${nearest === undefined ? "" : `; the nearest one is ${nearest}`}`,
      { file: source.name, key },
      "Convert the model anew with a current converter, or use another file.",
    );
  }
  const converted = convert(value);
  if (converted === undefined)
    throw new ModelFileError(
      `its value is ${describe(value)}, and should be ${wanted}`,
      { file: source.name, key },
      "Convert the model anew with a current converter, or use another file.",
    );
  return converted;
}

const LONGEST_TEXT = 40;

function describe(value: MetadataValue): string {
  if (typeof value === "string") {
    const shown = value.length > LONGEST_TEXT ? `${value.slice(0, LONGEST_TEXT)}…` : value;
    return `the text ${JSON.stringify(shown)}`;
  }
  if (typeof value === "object") return `a list of ${(value as MetadataArray).length}`;
  return String(value);
}
