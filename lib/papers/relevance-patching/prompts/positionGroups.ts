import type { Span } from "../../../llm/tokenizer/tokenizer";
import type { FieldSpans } from "./prompts";

/** Sets of positions that are patched together. With two documents `doc_` means both. */
export const POSITION_GROUPS = [
  "all",
  "last",
  "query_first",
  "query_last",
  "query_all",
  "doc_first",
  "doc_last",
  "doc_all",
  "inst_first",
  "inst_last",
  "inst_all",
  "qd_all",
  "other",
] as const;
export type PositionGroup = (typeof POSITION_GROUPS)[number];

/**
 * The positions of a group, ascending.
 * @param length  T, of the whole prompt
 * @throws RangeError where a range is empty or not in [0, T), or there is no such group
 * @see the paper's repository, `methods.py`
 */
export function positionsOf(group: PositionGroup, length: number, ranges: FieldSpans): number[] {
  const { query, documents, instruction } = ranges;
  for (const { start, end } of [query, ...documents, instruction])
    if (!(start >= 0 && start < end && end <= length))
      throw new RangeError(`The range [${start}, ${end}) is empty, or not in a prompt of ${length} tokens.`);
  const of = (...spans: readonly Span[]) => sorted(spans.flatMap(positions));
  switch (group) {
    case "all":
      return positions({ start: 0, end: length });
    case "last":
      return [length - 1];
    case "query_first":
      return [query.start];
    case "query_last":
      return [query.end - 1];
    case "query_all":
      return of(query);
    case "doc_first":
      return sorted(documents.map(({ start }) => start));
    case "doc_last":
      return sorted(documents.map(({ end }) => end - 1));
    case "doc_all":
      return of(...documents);
    case "inst_first":
      return [instruction.start];
    case "inst_last":
      return [instruction.end - 1];
    case "inst_all":
      return of(instruction);
    case "qd_all":
      return of(query, ...documents);
    case "other": {
      const inFields = new Set(of(query, ...documents, instruction));
      return positions({ start: 0, end: length - 1 }).filter((position) => !inFields.has(position));
    }
    default:
      throw new RangeError(`There is no group ${group}; there are ${POSITION_GROUPS.join(", ")}.`);
  }
}

function positions({ start, end }: Span): number[] {
  return Array.from({ length: end - start }, (_, i) => start + i);
}

/** Ascending, without repeats: a token on the bound of two fields is in both. */
function sorted(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}
