import { smallModel } from "../../../llm/model/testing";
import type { PromptPair } from "../prompts/pairs";
import type { Subject } from "./subject";

/** Three layers, four query heads on two of keys and values, that answer with two of their seventeen tokens. */
export function smallSubject(options: Parameters<typeof smallModel>[0] = {}, seed = 1): Subject {
  return { model: smallModel({ layers: 3, ...options }, seed), answers: { yes: 11, no: 5, split: [] } };
}

/** A prompt of twelve tokens with one document, and the same with another. */
export const POINTWISE: PromptPair = {
  clean: Int32Array.of(0, 3, 1, 4, 1, 9, 2, 6, 7, 8, 10, 16),
  corrupted: Int32Array.of(0, 13, 7, 8, 1, 9, 2, 6, 7, 8, 10, 16),
  ranges: {
    documents: [{ start: 1, end: 5 }],
    query: { start: 6, end: 8 },
    instruction: { start: 8, end: 10 },
  },
};

/** Two documents, in either order. */
export const PAIRWISE: PromptPair = {
  clean: Int32Array.of(0, 3, 1, 4, 12, 14, 8, 2, 15, 9, 6, 7, 16),
  corrupted: Int32Array.of(0, 14, 8, 2, 12, 3, 1, 4, 15, 9, 6, 7, 16),
  ranges: {
    documents: [
      { start: 1, end: 4 },
      { start: 5, end: 8 },
    ],
    query: { start: 9, end: 10 },
    instruction: { start: 10, end: 12 },
  },
};
