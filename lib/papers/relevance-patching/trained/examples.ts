import { createRandom, type Random } from "../../../data/random";
import {
  type CircuitInstruction,
  type CircuitPromptOptions,
  circuitPrompt,
  KINDS,
  type Mismatch,
  placesOf,
  readCircuitPrompt,
  rightAnswer,
  TOKENS,
} from "../circuit/task";

/** The tokens of the answers, behind those of the prompts. */
export const ANSWERS = { yes: TOKENS.count, no: TOKENS.count + 1 } as const;
/** V: prompts and answers. */
export const VOCABULARY = TOKENS.count + 2;

/** Which of the 64 combinations of an entity and an attribute training never shows, by token. */
export interface CombinationSplit {
  readonly heldOut: number;
  isHeldOut(combination: { readonly entity: number; readonly attribute: number }): boolean;
}

/** Holds a random share of the combinations out. @param share  default a fifth: 13 of 64 */
export function splitCombinations(seed: number, share = 0.2): CombinationSplit {
  const order = createRandom(seed, SPLIT).shuffle(Int32Array.from({ length: KINDS * KINDS }, (_, i) => i));
  const chosen = new Set(order.subarray(0, Math.round(share * order.length)));
  const index = (entity: number, attribute: number) =>
    (entity - TOKENS.entity(0)) * KINDS + attribute - TOKENS.attribute(0);
  return {
    heldOut: chosen.size,
    isHeldOut: ({ entity, attribute }) => chosen.has(index(entity, attribute)),
  };
}

const SPLIT = 1;

export interface PromptSetOptions {
  readonly count: number;
  /** m */
  readonly triples: number;
  /** "training": neither the document nor the query has a combination that is held out. "test": the query's is. Default: all combinations. */
  readonly part?: { readonly name: "training" | "test"; readonly split: CombinationSplit };
  /**
   * Share of the mismatches "entity" and "attribute" that are crossed: the document has both of the query's, in two triples. Where it is small, a model that only
   * looks whether both are there is nearly always right, and does not learn what belongs together. Default 0.6. A
   * single triple cannot be crossed.
   */
  readonly crossing?: number;
}

/**
 * Prompts in random order, of all cases alike: half are relevant, half of each have either instruction, and of the irrelevant ones a third each shares an entity, an
 * attribute, or neither with the query. Exactly so where 12 divides the count, and nearly elsewhere: which case comes first is random.
 */
export function promptSet(
  random: Random,
  { count, triples, part, crossing = 0.6 }: PromptSetOptions,
): Int32Array[] {
  const first = random.integer(MISMATCHES.length);
  const prompts = Array.from({ length: count }, (_, i) => {
    const instruction = INSTRUCTIONS[Math.floor(i / 2) % 2];
    const mismatch = i % 2 === 0 ? undefined : MISMATCHES[(first + Math.floor(i / 4)) % MISMATCHES.length];
    const crossed =
      mismatch !== undefined && mismatch !== "neither" && triples > 1 && random.uniform() < crossing;
    const options: CircuitPromptOptions = { triples, instruction, mismatch, crossed };
    for (;;) {
      const { tokens } = circuitPrompt(random, options);
      if (part === undefined || belongs(tokens, part)) return tokens;
    }
  });
  return random.shuffle(prompts);
}

const INSTRUCTIONS: readonly CircuitInstruction[] = ["positive", "negated"];
const MISMATCHES: readonly Mismatch[] = ["entity", "attribute", "neither"];

function belongs(tokens: Int32Array, { name, split }: NonNullable<PromptSetOptions["part"]>): boolean {
  const { query, triples } = readCircuitPrompt(tokens);
  return name === "test" ? split.isHeldOut(query) : ![query, ...triples].some(split.isHeldOut);
}

/** The token that answers a prompt. */
export function answerToken(tokens: Int32Array): number {
  return ANSWERS[rightAnswer(tokens)];
}

/** Copies of a prompt, itself the first, with other values: they answer the same. */
export function withOtherValues(random: Random, prompt: Int32Array, copies: number): Int32Array[] {
  const { firstTriple, triples } = placesOf(readCircuitPrompt(prompt).triples.length);
  return Array.from({ length: copies }, (_, copy) => {
    const changed = prompt.slice();
    if (copy > 0)
      for (let i = 0; i < triples; i++)
        changed[firstTriple + 3 * i + 2] = TOKENS.value(random.integer(KINDS));
    return changed;
  });
}
