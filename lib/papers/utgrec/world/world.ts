import { createRandom } from "../../../data/random";
import type { SequentialDataset } from "../../../recsys/sequences";
import { COARSE, type ItemConcepts, plantConcepts } from "./worldConcepts";
import { type ImagePatterns, plantImages, plantPatterns } from "./worldImages";
import { plantedRule, plantPartners, type Rule, type RuleParameters } from "./worldRule";
import { plantTexts } from "./worldText";
import { walk } from "./worldUsers";
import { domainName, MOST_DOMAINS, type WordLists, wordLists } from "./worldWords";

/** What is planted. Every value can be overridden. */
export interface WorldParameters extends RuleParameters {
  /** All randomness comes from it. */
  seed: number;
  /** Domains to pre-train on. Default 3. */
  sources: number;
  /** Items, users, and events a user of each. Defaults 200, 500 and 7. */
  items: number;
  users: number;
  events: number;
  /** Domains to adapt to. Default 1. */
  targets: number;
  /** Items, users, and events a user of each. Defaults 200, 300 and 6. */
  targetItems: number;
  targetUsers: number;
  targetEvents: number;
  /** Coarse concepts of a domain, of the 8. Default 5. */
  concepts: number;
  /** Coarse concepts of a target that no source has: 0 or 1. Default 1. */
  unseenConcepts: number;
  /** Share of items without an image. Default 0.1. */
  imageless: number;
  /** Standard deviation of the noise in images. Default 0.1. */
  imageNoise: number;
  /** Popularity inside a cell: P(k-th item) ∝ k^-s. Default 1. */
  zipfExponent: number;
}

/** A world that two processor cores can learn in minutes. */
export const WORLD_DEFAULTS: WorldParameters = {
  seed: 1,
  sources: 3,
  items: 200,
  users: 500,
  events: 7,
  targets: 1,
  targetItems: 200,
  targetUsers: 300,
  targetEvents: 6,
  concepts: 5,
  unseenConcepts: 1,
  imageless: 0.1,
  imageNoise: 0.1,
  zipfExponent: 1,
  stay: 0.6,
  partner: 0.25,
  sameClass: 0.7,
};

/** The sizes for one H100. */
export const LARGE_WORLD = {
  sources: 5,
  items: 8000,
  users: 40_000,
  targetItems: 8000,
  targetUsers: 20_000,
} as const satisfies Partial<WorldParameters>;

/** A shop: its items, what is written and shown of them, and who took what. */
export interface Domain {
  readonly name: string;
  readonly role: "source" | "target";
  /** Every item has an id: id i is row i - 1 of what follows. There are no times. */
  readonly data: SequentialDataset;
  /** [V, 12] ids of words. */
  readonly text: Int32Array;
  /** [V, 16, 8] patches of 8 channels, row by row; all 0 where there is no image. */
  readonly images: Float32Array;
  /** [V] 1 or 0 */
  readonly hasImage: Uint8Array;
  /** What is planted, and no model may see. */
  readonly truth: DomainTruth;
}

export interface DomainTruth extends ItemConcepts {
  /** The coarse concepts that the domain has, ascending. */
  readonly concepts: readonly number[];
  /** [users] z of each. */
  readonly userClasses: Int32Array;
  readonly rule: Rule;
}

export interface World {
  readonly parameters: WorldParameters;
  /** Id 0 is "" (padding), 1 "<mask>"; then words, each once. */
  readonly words: readonly string[];
  readonly lists: WordLists;
  /** Sources, then targets. */
  readonly domains: readonly Domain[];
  /** [32, 2] the partners of each cell. */
  readonly partners: Int32Array;
  readonly patterns: ImagePatterns;
}

/** Streams of a world's random numbers; those of a domain have its number behind them. */
const STREAMS = { concepts: 0, partners: 1, patterns: 2, items: 3, texts: 4, images: 5, users: 6 } as const;

/**
 * Several shops that sell kinds of things of one catalogue of concepts. An item's concepts are in its text and its image, in the words and patterns that all
 * shops share; what follows what is the same in all shops too. So a model can learn in some shops what holds in another. A part of what decides is in no
 * content: items and users have hidden classes, and only who took what tells them.
 * @throws RangeError where a size is no whole number >= 1, or a chance none
 * @throws Error where a domain has too few items
 */
export function multiDomainWorld(options: Partial<WorldParameters> = {}): World {
  const parameters = { ...WORLD_DEFAULTS, ...options };
  validate(parameters);
  const { seed, sources, targets } = parameters;
  const lists = wordLists(sources + targets);
  const shared = {
    lists,
    partners: plantPartners(createRandom(seed, STREAMS.partners)),
    patterns: plantPatterns(createRandom(seed, STREAMS.patterns)),
  };
  const domains = plantDomainConcepts(parameters).map((concepts, domain) =>
    plantDomain(parameters, shared, concepts, domain),
  );
  return { parameters, words: lists.words, ...shared, domains };
}

function plantDomain(
  parameters: WorldParameters,
  { lists, partners, patterns }: Pick<World, "lists" | "partners" | "patterns">,
  concepts: readonly number[],
  domain: number,
): Domain {
  const { seed, imageless, imageNoise, zipfExponent, sameClass } = parameters;
  const role = domain < parameters.sources ? "source" : "target";
  const [items, users, events] =
    role === "source"
      ? [parameters.items, parameters.users, parameters.events]
      : [parameters.targetItems, parameters.targetUsers, parameters.targetEvents];
  const name = domainName(domain);
  const random = (stream: number) => createRandom(seed, stream, domain);
  const planted = plantConcepts(concepts, items, zipfExponent, random(STREAMS.items));
  const rule = plantedRule(partners, concepts, planted, parameters);
  const seeds = [seed, STREAMS.users, domain] as const;
  const { data, classes } = walk(rule, planted, { users, events, sameClass, seeds, name });
  return {
    name,
    role,
    data,
    text: plantTexts(lists, domain, planted, random(STREAMS.texts)),
    ...plantImages(patterns, planted, { imageless, noise: imageNoise }, random(STREAMS.images)),
    truth: { ...planted, concepts, userClasses: classes, rule },
  };
}

/**
 * The coarse concepts of each domain, sources first. The sources draw from all but those that are to be new in the targets; a target has these, and the rest
 * of what some source has.
 */
function plantDomainConcepts({
  seed,
  sources,
  targets,
  concepts,
  unseenConcepts,
}: WorldParameters): number[][] {
  const random = createRandom(seed, STREAMS.concepts);
  const all = random.shuffle(Array.from({ length: COARSE }, (_, a) => a));
  const [unseen, known] = [all.slice(0, unseenConcepts), all.slice(unseenConcepts)];
  const draw = (from: readonly number[], count: number) => random.shuffle([...from]).slice(0, count);
  const inOrder = (chosen: number[]) => chosen.sort((a, b) => a - b);
  const ofSources = Array.from({ length: sources }, () => inOrder(draw(known, concepts)));
  const seen = known.filter((a) => ofSources.some((chosen) => chosen.includes(a)));
  const ofTargets = Array.from({ length: targets }, () =>
    inOrder([...unseen, ...draw(seen, concepts - unseenConcepts)]),
  );
  return [...ofSources, ...ofTargets];
}

function validate(parameters: WorldParameters): void {
  const { sources, items, users, events, targets, targetItems, targetUsers, targetEvents } = parameters;
  const { concepts, unseenConcepts, imageless, stay, partner, sameClass } = parameters;
  const sizes = { sources, items, users, events, targets, targetItems, targetUsers, targetEvents, concepts };
  for (const [name, size] of Object.entries(sizes)) {
    if (!Number.isInteger(size) || size < 1)
      throw new RangeError(`multiDomainWorld: ${name} must be a whole number >= 1; got ${size}.`);
  }
  if (sources + targets > MOST_DOMAINS)
    throw new RangeError(
      `multiDomainWorld: there are words for ${MOST_DOMAINS} domains, not for ${sources + targets}.`,
    );
  if (unseenConcepts !== 0 && unseenConcepts !== 1)
    throw new RangeError(`multiDomainWorld: unseenConcepts must be 0 or 1; got ${unseenConcepts}.`);
  if (concepts > COARSE - unseenConcepts)
    throw new RangeError(
      `multiDomainWorld: a source cannot have ${concepts} of ${COARSE - unseenConcepts} coarse concepts.`,
    );
  const chances = { imageless, stay, partner, sameClass, "stay + partner": stay + partner };
  for (const [name, chance] of Object.entries(chances)) {
    if (!(chance >= 0 && chance <= 1))
      throw new RangeError(`multiDomainWorld: ${name} must be a chance from 0 to 1; got ${chance}.`);
  }
}
