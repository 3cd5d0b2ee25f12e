/** Where in the depth of a model the effects lie: the claims of a staged flow in numbers. Layers between those swept are interpolated. */

/** An effect, IE_norm as a rule, at each of some layers. */
export interface DepthProfile {
  /** Ascending. */
  readonly layers: readonly number[];
  /** One a layer. */
  readonly effects: ArrayLike<number>;
}

/**
 * The layer at which a profile falls below a level for good: the last crossing from above.
 * @returns undefined where it never is at the level, or ends there
 * @throws RangeError where the profile is empty or its layers do not ascend
 */
export function fallsBelow(profile: DepthProfile, level = 0.5): number | undefined {
  return lastCrossing(profile, (effect) => effect < level, level);
}

/**
 * The layer at which a profile rises to a level for good: the last crossing from below; the first layer where it is there from the beginning.
 * @returns undefined where it ends below
 * @throws RangeError as `fallsBelow`
 */
export function risesAbove(profile: DepthProfile, level = 0.5): number | undefined {
  const { layers, effects } = profile;
  const crossing = lastCrossing(profile, (effect) => effect >= level, level);
  const always = effects[0] >= level && effects[layers.length - 1] >= level;
  return crossing ?? (always ? layers[0] : undefined);
}

/** Where the profile goes over to a side that it stays on. */
function lastCrossing(
  profile: DepthProfile,
  onSide: (effect: number) => boolean,
  level: number,
): number | undefined {
  checkProfile(profile);
  const { layers, effects } = profile;
  let first = layers.length; // of those at the end that are on the side
  while (first > 0 && onSide(effects[first - 1])) first--;
  if (first === 0 || first === layers.length) return undefined;
  const [before, behind] = [effects[first - 1], effects[first]];
  // Linear between the two layers.
  return layers[first - 1] + ((level - before) / (behind - before)) * (layers[first] - layers[first - 1]);
}

/** A profile's greatest effect, the first of equal ones. */
export interface Peak {
  readonly layer: number;
  readonly effect: number;
}

/** @throws RangeError as `fallsBelow` */
export function peak(profile: DepthProfile): Peak {
  checkProfile(profile);
  const { layers, effects } = profile;
  const best = layers.reduce((at, _, i) => (effects[i] > effects[at] ? i : at), 0);
  return { layer: layers[best], effect: effects[best] };
}

/**
 * The mean layer, weighted by the positive effects: c = Σ l max(0, e_l) / Σ max(0, e_l).
 * @returns undefined where no effect is positive
 * @throws RangeError as `fallsBelow`
 */
export function centreOfMass(profile: DepthProfile): number | undefined {
  const masses = positiveParts(profile);
  const total = masses.reduce((sum, mass) => sum + mass, 0);
  if (total === 0) return undefined;
  return masses.reduce((sum, mass, i) => sum + profile.layers[i] * mass, 0) / total;
}

/**
 * The share of the positive effects that the layers from `from` to before `to` have.
 * @returns undefined where no effect is positive
 * @throws RangeError as `fallsBelow`
 */
export function massBetween(profile: DepthProfile, from: number, to: number): number | undefined {
  const masses = positiveParts(profile);
  const total = masses.reduce((sum, mass) => sum + mass, 0);
  if (total === 0) return undefined;
  const inside = masses.filter((_, i) => profile.layers[i] >= from && profile.layers[i] < to);
  return inside.reduce((sum, mass) => sum + mass, 0) / total;
}

/** resid_post by groups of positions: at each layer, how much of the clean answer is there. */
export interface StreamProfiles {
  readonly layers: readonly number[];
  readonly document: ArrayLike<number>;
  readonly query: ArrayLike<number>;
  readonly instruction: ArrayLike<number>;
  readonly last: ArrayLike<number>;
}

/** The stages of the flow, in layers. */
export interface StageLayers {
  readonly documentFalls?: number;
  readonly queryFalls?: number;
  /** Where neither documents nor query hold half of the answer any more. Undefined where one of them still does at the end, or none ever did. */
  readonly contentFalls?: number;
  readonly instructionPeak: Peak;
  readonly lastRises?: number;
  /** Whether content falls before the last position rises, and the instruction peaks between; undefined where one of the two never happens. */
  readonly staged?: boolean;
}

/**
 * From content to instruction to answer: where documents and query fall below a level, where the instruction peaks, and where the last position rises.
 * @param level  default one half
 * @throws RangeError as `fallsBelow`
 */
export function stageLayers({ layers, ...groups }: StreamProfiles, level = 0.5): StageLayers {
  const of = (group: keyof typeof groups): DepthProfile => ({ layers, effects: groups[group] });
  const documentFalls = fallsBelow(of("document"), level);
  const queryFalls = fallsBelow(of("query"), level);
  const stillThere = [groups.document, groups.query].some((effects) => effects[layers.length - 1] >= level);
  const falls = [documentFalls, queryFalls].filter((layer): layer is number => layer !== undefined);
  const contentFalls = stillThere || falls.length === 0 ? undefined : Math.max(...falls);
  const instructionPeak = peak(of("instruction"));
  const lastRises = risesAbove(of("last"), level);
  const known = contentFalls !== undefined && lastRises !== undefined;
  const staged = known
    ? contentFalls < lastRises && instructionPeak.layer >= contentFalls && instructionPeak.layer <= lastRises
    : undefined;
  return { documentFalls, queryFalls, contentFalls, instructionPeak, lastRises, staged };
}

function positiveParts(profile: DepthProfile): number[] {
  checkProfile(profile);
  return Array.from(profile.effects, (effect) => Math.max(0, effect));
}

function checkProfile({ layers, effects }: DepthProfile): void {
  const ascending = layers.every((layer, i) => i === 0 || layer > layers[i - 1]);
  if (layers.length === 0 || layers.length !== effects.length || !ascending)
    throw new RangeError(
      `A profile needs an effect for each of ascending layers; got ${effects.length} for [${layers.join(", ")}].`,
    );
}
