import type { Random } from "../../../data/random";

/**
 * Relevance in a language of 29 tokens: a document of four triples (entity, attribute, value), a query of an entity and an attribute, an instruction.
 * A document is relevant where one of its triples has both of the query's. I+ asks for yes where it is, I− for yes where it is not.
 */

const KINDS = 8;
const TRIPLES = 4;

/** Ids of the tokens. */
export const TOKENS = {
  begin: 0,
  entity: (i: number) => 1 + i,
  attribute: (i: number) => 1 + KINDS + i,
  value: (i: number) => 1 + 2 * KINDS + i,
  query: 1 + 3 * KINDS,
  positive: 2 + 3 * KINDS,
  negated: 3 + 3 * KINDS,
  answer: 4 + 3 * KINDS,
  count: 5 + 3 * KINDS,
} as const;

/** Positions in a prompt: `BOS (e a v)×4 Q e* a* I ANS`. */
export const PLACES = {
  firstTriple: 1,
  query: 1 + 3 * TRIPLES,
  queryEntity: 2 + 3 * TRIPLES,
  queryAttribute: 3 + 3 * TRIPLES,
  instruction: 4 + 3 * TRIPLES,
  answer: 5 + 3 * TRIPLES,
  length: 6 + 3 * TRIPLES,
} as const;

export type CircuitInstruction = "positive" | "negated";

/** Which of the query's two the nearest triple of an irrelevant document has. */
export type Mismatch = "entity" | "attribute" | "neither";

export interface CircuitPromptOptions {
  readonly instruction: CircuitInstruction;
  /** Absent: the document is relevant. */
  readonly mismatch?: Mismatch;
}

/** Entities of a document are all different; so are its attributes, so that a mismatch is what it says. */
export function circuitPrompt(
  random: Random,
  { instruction, mismatch }: CircuitPromptOptions,
): {
  readonly tokens: Int32Array /** Which triple is the query's, or was before the mismatch. */;
  readonly triple: number;
} {
  const [entities, attributes] = [distinct(random), distinct(random)];
  const triple = random.integer(TRIPLES);
  // The fifth of each is in no triple.
  const entity = entities[mismatch === undefined || mismatch === "entity" ? triple : TRIPLES];
  const attribute = attributes[mismatch === undefined || mismatch === "attribute" ? triple : TRIPLES];
  const document = Array.from({ length: TRIPLES }, (_, i) => [
    TOKENS.entity(entities[i]),
    TOKENS.attribute(attributes[i]),
    TOKENS.value(random.integer(KINDS)),
  ]);
  const query = [TOKENS.query, TOKENS.entity(entity), TOKENS.attribute(attribute)];
  return {
    tokens: Int32Array.from([TOKENS.begin, ...document.flat(), ...query, TOKENS[instruction], TOKENS.answer]),
    triple,
  };
}

/** Five of the eight, in random order. */
function distinct(random: Random): Int32Array {
  return random.shuffle(Int32Array.from({ length: KINDS }, (_, i) => i)).slice(0, TRIPLES + 1);
}

/** The right answer: (relevant) XNOR (I+). */
export function rightAnswer(tokens: Int32Array): "yes" | "no" {
  const [entity, attribute] = [tokens[PLACES.queryEntity], tokens[PLACES.queryAttribute]];
  const relevant = Array.from({ length: TRIPLES }, (_, i) => PLACES.firstTriple + 3 * i).some(
    (place) => tokens[place] === entity && tokens[place + 1] === attribute,
  );
  return relevant === (tokens[PLACES.instruction] === TOKENS.positive) ? "yes" : "no";
}

/** Two prompts that differ in one token, the entity of the triple that the query asks for. */
export interface CircuitPair {
  /** The right answer is yes. */
  readonly clean: Int32Array;
  /** The right answer is no. */
  readonly corrupted: Int32Array;
  /** Where they differ. */
  readonly docEntity: number;
}

/** A relevant document, and the same with another entity in the triple; under I− the second is the clean one. */
export function circuitPair(random: Random, instruction: CircuitInstruction): CircuitPair {
  const { tokens: relevant, triple } = circuitPrompt(random, { instruction });
  const docEntity = PLACES.firstTriple + 3 * triple;
  const taken = new Set(relevant);
  const free = Array.from({ length: KINDS }, (_, i) => TOKENS.entity(i)).filter((id) => !taken.has(id));
  const irrelevant = relevant.slice();
  irrelevant[docEntity] = free[random.integer(free.length)];
  return instruction === "positive"
    ? { clean: relevant, corrupted: irrelevant, docEntity }
    : { clean: irrelevant, corrupted: relevant, docEntity };
}
