import type { Random } from "../../../data/random";

/**
 * Relevance in a language of 29 tokens: a document of m triples (entity, attribute, value), a query of an entity and an attribute, an instruction.
 * A document is relevant where one of its triples has both of the query's. I+ asks for yes where it is, I− for yes where it is not.
 */

/** Entities, attributes and values that there are, each. */
export const KINDS = 8;
/** m, where nothing else is said. */
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

/** Positions in a prompt of m triples: `BOS (e a v)×m Q e* a* I ANS`. */
export interface CircuitPlaces {
  readonly triples: number;
  readonly firstTriple: number;
  readonly query: number;
  readonly queryEntity: number;
  readonly queryAttribute: number;
  readonly instruction: number;
  readonly answer: number;
  readonly length: number;
}

export function placesOf(triples: number): CircuitPlaces {
  const query = 1 + 3 * triples;
  return {
    triples,
    firstTriple: 1,
    query,
    queryEntity: query + 1,
    queryAttribute: query + 2,
    instruction: query + 3,
    answer: query + 4,
    length: query + 5,
  };
}

/** Of four triples. */
export const PLACES = placesOf(TRIPLES);

export type CircuitInstruction = "positive" | "negated";

/** Which of the query's two the nearest triple of an irrelevant document has. */
export type Mismatch = "entity" | "attribute" | "neither";

export interface CircuitPromptOptions {
  readonly instruction: CircuitInstruction;
  /** Absent: the document is relevant. */
  readonly mismatch?: Mismatch;
  /**
   * Of a mismatch "entity" or "attribute": what the nearest triple lacks is in another one. The document then has both of the query's, but not together. Default:
   * it is in no triple.
   */
  readonly crossed?: boolean;
  /** m, from 1 to 7; for a crossed mismatch from 2. Default 4. */
  readonly triples?: number;
}

/**
 * Entities of a document are all different; so are its attributes, so that a mismatch is what it says.
 * @throws RangeError where there are too many triples, or too few to cross
 */
export function circuitPrompt(
  random: Random,
  { instruction, mismatch, crossed = false, triples = TRIPLES }: CircuitPromptOptions,
): {
  readonly tokens: Int32Array /** Which triple is the query's, or was before the mismatch. */;
  readonly triple: number;
} {
  const least = crossed ? 2 : 1;
  if (!(Number.isInteger(triples) && triples >= least && triples < KINDS))
    throw new RangeError(`A document has ${least} to ${KINDS - 1} triples, not ${triples}.`);
  const [entities, attributes] = [distinct(random, triples + 1), distinct(random, triples + 1)];
  const triple = random.integer(triples);
  // The last of each is in no triple.
  const other = crossed ? (triple + 1 + random.integer(triples - 1)) % triples : triples;
  const entity = entities[mismatch === undefined || mismatch === "entity" ? triple : other];
  const attribute = attributes[mismatch === undefined || mismatch === "attribute" ? triple : other];
  const document = Array.from({ length: triples }, (_, i) => [
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

/** So many of the eight, in random order. */
function distinct(random: Random, count: number): Int32Array {
  return random.shuffle(Int32Array.from({ length: KINDS }, (_, i) => i)).slice(0, count);
}

/** What a prompt says, as tokens. */
export interface CircuitReading {
  readonly triples: readonly { readonly entity: number; readonly attribute: number }[];
  readonly query: { readonly entity: number; readonly attribute: number };
  /** r: some triple has both of the query's. */
  readonly relevant: boolean;
  /** f: the instruction is I+. */
  readonly positive: boolean;
}

export function readCircuitPrompt(tokens: Int32Array): CircuitReading {
  const places = placesOf((tokens.length - placesOf(0).length) / 3);
  const pair = (at: number) => ({ entity: tokens[at], attribute: tokens[at + 1] });
  const triples = Array.from({ length: places.triples }, (_, i) => pair(places.firstTriple + 3 * i));
  const query = pair(places.queryEntity);
  return {
    triples,
    query,
    relevant: triples.some((t) => t.entity === query.entity && t.attribute === query.attribute),
    positive: tokens[places.instruction] === TOKENS.positive,
  };
}

/** The right answer: (relevant) XNOR (I+). */
export function rightAnswer(tokens: Int32Array): "yes" | "no" {
  const { relevant, positive } = readCircuitPrompt(tokens);
  return relevant === positive ? "yes" : "no";
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
