import { createRandom } from "../../../data/random";
import { type CircuitPair, placesOf, readCircuitPrompt } from "../circuit/task";
import { causalScrubbing, type Hypothesis, type Scrubbing } from "./causalScrubbing";
import {
  documentPairs,
  type EffectRow,
  effectMap,
  instructionPairs,
  queryPairs,
  type Role,
  streamSites,
} from "./effectMap";
import { promptSet, withOtherValues } from "./examples";
import type { HookedModel } from "./hookedModel";
import {
  EMPTY_HYPOTHESIS,
  identityHypothesis,
  READERS,
  type ReadingLocation,
  readingHypothesis,
} from "./hypotheses";
import { type Swaps, swapTest } from "./swap";

export interface ExplainOptions {
  readonly seed: number;
  /** Pairs of each map of effects. Default 64. */
  readonly pairs?: number;
  /** Prompts to scrub. Default 512. */
  readonly prompts?: number;
}

/** Maps of pairs that differ in the document, in the query, and in the instruction. */
export interface EffectMaps {
  readonly document: readonly EffectRow[];
  readonly query: readonly EffectRow[];
  readonly instruction: readonly EffectRow[];
}

export interface Explanation {
  readonly effects: EffectMaps;
  readonly location: ReadingLocation;
  /** The hypothesis of that location, the same with unbound triples, and the two ends of the scale. */
  readonly scrubbing: Readonly<Record<"reading" | "unbound" | "identity" | "empty", Scrubbing>>;
  /** Of r where the last position first holds it, between prompts of one instruction. */
  readonly swaps: Swaps;
}

/** What a model that has not learned the task, or does it another way, has instead of a circuit. */
export class CircuitNotFound extends Error {
  override readonly name = "CircuitNotFound";
  constructor() {
    super("The maps do not show a model that reads the document and judges at the last position.");
  }
}

/** Of IE_norm: from where on something is there. What is small in each pair alone is not small where everything else is exchanged at once. */
const SOMETHING = 0.005;
/** Of IE_norm: from where on all is there. */
const ALL = 0.9;

/** Finds by activation patching where a model of the circuit's task has its steps, and tests by causal scrubbing and by swaps whether they are what they seem to be. */
export function explainCircuit(
  model: HookedModel,
  { seed, pairs = 64, prompts = 512 }: ExplainOptions,
): Explanation {
  const random = createRandom(seed);
  const map = (of: readonly CircuitPair[]) => effectMap(model, of, streamSites(model));
  const effects = {
    document: map(documentPairs(random, pairs)),
    query: map(queryPairs(random, pairs)),
    instruction: map(instructionPairs(random, pairs)),
  };
  const location = locateReading(effects);
  const first = promptSet(random, { count: prompts, triples: TRIPLES });
  const others = first.flatMap((prompt) => withOtherValues(random, prompt, 3).slice(1));
  const scrubbed = (hypothesis: Hypothesis) =>
    causalScrubbing(model, hypothesis, [...first, ...others], { seed, count: prompts });
  const { layers } = model;
  return {
    effects,
    location,
    scrubbing: {
      reading: scrubbed(readingHypothesis(PLACES, location, layers)),
      unbound: scrubbed(readingHypothesis(PLACES, location, layers, "unbound")),
      identity: scrubbed(identityHypothesis(PLACES, layers)),
      empty: scrubbed(EMPTY_HYPOTHESIS),
    },
    swaps: swapTest(model, first, {
      site: { name: "resid_post", layer: location.judged, positions: [PLACES.answer] },
      feature: (prompt) => readCircuitPrompt(prompt).relevant,
      fixed: (prompt) => readCircuitPrompt(prompt).positive,
      seed,
    }),
  };
}

const TRIPLES = 4;
const PLACES = placesOf(TRIPLES);

/**
 * Where a model reads and where it judges, from its maps of effects.
 * @throws CircuitNotFound where the document has effects behind every layer, or the last position never has all of them
 */
export function locateReading({ document, query, instruction }: EffectMaps): ReadingLocation {
  const streams = document.flatMap(({ name, layer }, row) => (name === "resid_post" ? [{ layer, row }] : []));
  const inDocument = ["docEntity", "docAttribute", "docValue", "otherTriples"] as const;
  const read = streams.find(({ row }) => inDocument.every((role) => document[row].effects[role] < 1 - ALL));
  const judged = streams.find(({ row }) =>
    [document, query, instruction].every((map) => map[row].effects.answer > ALL),
  );
  if (read === undefined || judged === undefined) throw new CircuitNotFound();
  const has = (map: readonly EffectRow[], role: Role) => map[read.row].effects[role] > SOMETHING;
  const held: { -readonly [Role in keyof ReadingLocation["held"]]: ReadingLocation["held"][Role] } = {};
  for (const role of READERS) {
    if (has(document, role)) held[role] = "document";
    else if (has(query, role)) held[role] = "query";
    else if (has(instruction, role)) held[role] = "instruction";
  }
  return { read: read.layer, held, judged: judged.layer };
}
