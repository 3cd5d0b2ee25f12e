import { createRandom } from "../../../data/random";
import type { PromptPair } from "../prompts/pairs";
import type { Modules } from "./modules";

/** A pair of random tokens: one before the query, two of the query, then the document, two of the instruction, and the end. */
export function smallPair(seed: number, document = 4): PromptPair {
  const random = createRandom(seed);
  const length = 6 + document;
  const clean = Int32Array.from({ length }, () => random.integer(17));
  const corrupted = clean.slice();
  for (let i = 3; i < 3 + document - 1; i++) corrupted[i] = (clean[i] + 1 + random.integer(15)) % 17;
  const ranges = {
    query: { start: 1, end: 3 },
    documents: [{ start: 3, end: 3 + document }],
    instruction: { start: 3 + document, end: 5 + document },
  };
  return { clean, corrupted, ranges };
}

/** Pairs of two lengths in turn. */
export function smallPairs(count: number): PromptPair[] {
  return Array.from({ length: count }, (_, i) => smallPair(i, i % 2 === 0 ? 4 : 6));
}

/** Modules of every kind, at groups of `smallPair`. */
export const LISTS: readonly Modules[] = [
  { heads: [{ layer: 1, head: 2, group: "last" }] },
  {
    heads: [
      { layer: 0, head: 0, group: "doc_all" },
      { layer: 2, head: 3, group: "query_all" },
    ],
  },
  {
    heads: [
      { layer: 1, head: 2, group: "last" },
      { layer: 1, head: 2, group: "inst_all" },
      { layer: 1, head: 0, group: "doc_all" },
    ],
    mlps: [{ layer: 2, group: "qd_all" }],
  },
  { attns: [{ layer: 1, group: "doc_all" }], mlps: [{ layer: 0, group: "last" }] },
];
