/** Figures as JSON: typed arrays become arrays, numbers that JSON lacks become null, what is undefined disappears. */
import type { Figure } from "./figure";

/**
 * A deep copy of plain data only, equal to what a reader of its JSON gets back. Float32 values are written with the digits they
 * have (0.1, not 0.10000000149011612).
 */
export function toPlain(figure: Figure): { data: Figure["data"][number][]; layout: Figure["layout"] } {
  return plain({ data: figure.data, layout: figure.layout }) as {
    data: Figure["data"][number][];
    layout: Figure["layout"];
  };
}

/** A figure's JSON text. */
export function figureJson(figure: Figure): string {
  return JSON.stringify(toPlain(figure));
}

/** A figure from its JSON text. @throws when the text is no figure's */
export function figureFromJson(text: string): Figure {
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null || !("data" in value) || !Array.isArray(value.data)) {
    throw new Error('Figure: the JSON has no "data" array.');
  }
  return { data: value.data, layout: "layout" in value ? (value.layout as Figure["layout"]) : {} };
}

function plain(value: unknown): unknown {
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value === "bigint") return Number(value);
  if (value === null || typeof value !== "object") return typeof value === "function" ? undefined : value;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Float32Array) return Array.from(value, shortest);
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
    return Array.from(value as unknown as ArrayLike<number | bigint>, plain);
  }
  if (Array.isArray(value)) return value.map((item) => plain(item) ?? null);
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, item]): [string, unknown] => [key, plain(item)])
      .filter(([, item]) => item !== undefined),
  );
}

/** The shortest decimal number that rounds to this float32. */
function shortest(value: number): number | null {
  if (!Number.isFinite(value)) return null;
  for (let digits = 6; digits < 9; digits++) {
    const candidate = Number(value.toPrecision(digits));
    if (Math.fround(candidate) === value) return candidate;
  }
  return value;
}
