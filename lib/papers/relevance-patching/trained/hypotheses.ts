import { type CircuitPlaces, readCircuitPrompt } from "../circuit/task";
import type { Hypothesis, ScrubNode, ScrubSite } from "./causalScrubbing";

/** Where the circuit made by hand holds the steps of its judgement, all in its residual stream, and where a trained model might. */
export interface CircuitLocation {
  /** N1: behind this layer a document's attribute holds its triple's entity too. */
  readonly binding: number;
  /** N2: behind this layer the query or the instruction holds r. */
  readonly match: number;
  readonly matchAt: "queryAttribute" | "instruction";
  /** N3: behind this layer the last position holds r and f. */
  readonly answer: number;
}

/** Positions that may hold what has been read. */
export const READERS = ["query", "queryEntity", "queryAttribute", "instruction", "answer"] as const;
export type Reader = (typeof READERS)[number];

/** Where a model judges that reads the document in one step. */
export interface ReadingLocation {
  /** Behind this layer the document's positions have nothing to say any more. */
  readonly read: number;
  /**
   * N1: what the others hold then: "document" is the document, the query and the instruction, "query" the last two, "instruction" the last; of these what stands
   * before them.
   */
  readonly held: Readonly<Partial<Record<Reader, "document" | "query" | "instruction">>>;
  /** N2: behind this layer the last position holds r and f. */
  readonly judged: number;
}

/** What is said of the document's triples: that entity and attribute are both held, or, wrongly, the attribute alone. */
export type Binding = "bound" | "unbound";

/**
 * The hypothesis that a model judges relevance step by step. N1: each attribute of the document learns of its entity. N2: the query's attribute, or the instruction,
 * finds the triple and holds r. N3: the last position joins r with the instruction's f. N4: the answer.
 */
export function judgementHypothesis(
  places: CircuitPlaces,
  { binding, match, matchAt, answer }: CircuitLocation,
  bound: Binding = "bound",
): Hypothesis {
  const { queryEntity, queryAttribute, instruction } = places;
  const documents = triplesOf(places, bound).map((tokens, i) =>
    holding(`N1, triple ${i}`, binding, places.firstTriple + 3 * i + 1, tokens),
  );
  const query = [
    holding("query's entity", binding, queryEntity, [queryEntity]),
    holding("query's attribute", binding, queryAttribute, [queryEntity, queryAttribute]),
  ];
  const asked = (layer: number) => holding("instruction", layer, instruction, [instruction]);
  const onInstruction = matchAt === "instruction";
  const matched: ScrubNode = {
    name: "N2",
    site: behind(match, places[matchAt]),
    feature: onInstruction ? relevanceAndFormat : relevance,
    parents: [...documents, ...query, ...(onInstruction ? [asked(binding)] : [])],
  };
  const last: ScrubNode = {
    name: "N3",
    site: behind(answer, places.answer),
    feature: relevanceAndFormat,
    parents: onInstruction ? [matched] : [matched, asked(match)],
  };
  return { name: named("judgement", bound), parents: [last] };
}

/**
 * The hypothesis that a model reads first and judges then. N1: some positions behind the document hold what its triples and the query say, the values not among it.
 * N2: the last position holds r and f. N3: it does so to the end. N4: the answer.
 *
 * So do transformers that are trained on the task: no attribute learns of its entity. Their first layer brings all triples at once to the positions behind the
 * document.
 * @param layers  L
 */
export function readingHypothesis(
  places: CircuitPlaces,
  { read, held, judged }: ReadingLocation,
  layers: number,
  bound: Binding = "bound",
): Hypothesis {
  const { queryEntity, queryAttribute, instruction } = places;
  const query = [queryEntity, queryAttribute, instruction];
  const said = {
    document: [...triplesOf(places, bound).flat(), ...query],
    query,
    instruction: [instruction],
  };
  const readers = READERS.flatMap((at) => {
    const what = held[at];
    if (what === undefined) return [];
    const before = said[what].filter((position) => position <= places[at]);
    return [holding(`N1, ${at}`, read, places[at], before)];
  });
  const last = (name: string, layer: number, parents: readonly ScrubNode[]): ScrubNode => ({
    name,
    site: behind(layer, places.answer),
    feature: relevanceAndFormat,
    parents,
  });
  const judgement = last("N2", judged, readers);
  const end = layers - 1;
  return {
    name: named("reading", bound),
    parents: [judged === end ? judgement : last("N3", end, [judgement])],
  };
}

/** Says that an activation of every position, behind every layer, is what it is and nothing else: nothing is exchanged. */
export function identityHypothesis(places: CircuitPlaces, layers: number): Hypothesis {
  const everywhere = Array.from({ length: places.length }, (_, i) => i);
  const node = (layer: number): ScrubNode => ({
    name: `stream behind layer ${layer}`,
    site: behind(layer, ...everywhere),
    feature: (_, index) => index,
    parents: layer === 0 ? undefined : [node(layer - 1)],
  });
  return { name: "identity", parents: [node(layers - 1)] };
}

/** Says that the answer is made of nothing. */
export const EMPTY_HYPOTHESIS: Hypothesis = { name: "empty", parents: [] };

const named = (name: string, bound: Binding) => (bound === "bound" ? name : `${name}, unbound`);

function behind(layer: number, ...positions: number[]): ScrubSite {
  return { name: "resid_post", layer, positions };
}

/** Positions of the tokens of each triple that are said to be held. */
function triplesOf({ triples, firstTriple }: CircuitPlaces, bound: Binding): number[][] {
  return Array.from({ length: triples }, (_, i) => {
    const entity = firstTriple + 3 * i;
    return bound === "bound" ? [entity, entity + 1] : [entity + 1];
  });
}

/** A position that holds the tokens of these. */
function holding(name: string, layer: number, position: number, tokens: readonly number[]): ScrubNode {
  return {
    name,
    site: behind(layer, position),
    feature: (prompt) => tokens.map((at) => prompt[at]).join(),
    parents: tokens.map((at) => ({
      name: `token ${at}`,
      site: { name: "embed", layer: 0, positions: [at] },
      feature: (prompt) => prompt[at],
    })),
  };
}

/** r */
function relevance(prompt: Int32Array): string {
  return String(readCircuitPrompt(prompt).relevant);
}

/** r and f */
function relevanceAndFormat(prompt: Int32Array): string {
  return `${relevance(prompt)} ${readCircuitPrompt(prompt).positive}`;
}
