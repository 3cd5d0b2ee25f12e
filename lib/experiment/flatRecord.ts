import type { Json, JsonRecord } from "./identity";

/** A record whose records are laid flat: `{ a: { b: 1 } }` is `{ "a.b": 1 }`. */
export function flatRecord(record: JsonRecord, prefix = ""): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(record).flatMap(([key, value]) =>
      value !== null && typeof value === "object" && !Array.isArray(value)
        ? Object.entries(flatRecord(value as JsonRecord, `${prefix}${key}.`))
        : [[`${prefix}${key}`, value]],
    ),
  );
}
