import { createRandom } from "../../../data/random";
import { quantile, ranks, spearman } from "../../../experiment/statistics";
import { topOverlap } from "../statistics/agreement";

export interface AgreementOptions {
  /** How many of the greatest are compared. Default: a tenth of all, at least one. */
  readonly k?: number;
  /** Default 2,000. */
  readonly permutations?: number;
  /** Default 0. */
  readonly seed?: number;
  /**
   * Of each head a number, its layer say: heads change places only with heads of the same number. Two maps that have nothing in common but that late layers have greater
   * effects agree beyond chance; within layers they do not. Default: all change places with all.
   */
  readonly strata?: ArrayLike<number>;
}

/** A measure of agreement beside what permuted maps give. */
export interface AgainstNull {
  readonly value: number;
  /** Mean of the permutations. */
  readonly expected: number;
  /** Which 95 % of the permutations do not exceed. */
  readonly high: number;
  /** One-sided: the share of permutations, this one counted, that agree as well. */
  readonly pValue: number;
}

export interface HeadAgreement {
  /** Spearman's ρ. */
  readonly spearman: AgainstNull;
  /** Share of the k greatest of one that are among the k greatest of the other. */
  readonly overlap: AgainstNull;
  readonly k: number;
}

/**
 * Whether two maps of head effects agree: of two prompt formats, two data sets, an estimate and the truth, attention and effects. The null is that heads have nothing to do with effects: the
 * second map's values are permuted.
 * @param x, y  an effect a head, in the same order
 * @throws RangeError where lengths differ, k is not from 1 to their number, or a map is constant
 * @see B. Phipson and G. Smyth, Permutation P-values Should Never Be Zero, 2010
 */
export function headAgreement(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  {
    k = Math.max(1, Math.floor(x.length / 10)),
    permutations = 2000,
    seed = 0,
    strata,
  }: AgreementOptions = {},
): HeadAgreement {
  const [ranksOfX, ranksOfY] = [ranks(x), ranks(y)];
  const found = { rho: spearman(x, y), overlap: topOverlap(x, y, k) };
  if (Number.isNaN(found.rho)) throw new RangeError("A map of equal effects has no ranks to agree with.");
  const random = createRandom(seed);
  const rho = new Float64Array(permutations);
  const overlap = new Float64Array(permutations);
  const groups = strataOf(strata ?? new Int32Array(x.length), x.length);
  const permuted = new Float64Array(x.length);
  for (let r = 0; r < permutations; r++) {
    for (const group of groups) {
      const order = random.shuffle(group.slice());
      for (const [i, head] of group.entries()) permuted[head] = ranksOfY[order[i]];
    }
    rho[r] = spearman(ranksOfX, permuted);
    overlap[r] = topOverlap(ranksOfX, permuted, k);
  }
  return { spearman: againstNull(found.rho, rho), overlap: againstNull(found.overlap, overlap), k };
}

/** Indices of each stratum. */
function strataOf(strata: ArrayLike<number>, count: number): number[][] {
  if (strata.length !== count)
    throw new RangeError(`Each head needs a stratum; got ${strata.length} for ${count} heads.`);
  const groups = new Map<number, number[]>();
  for (let i = 0; i < count; i++) groups.set(strata[i], [...(groups.get(strata[i]) ?? []), i]);
  return [...groups.values()];
}

function againstNull(value: number, permuted: Float64Array): AgainstNull {
  const expected = permuted.reduce((sum, x) => sum + x, 0) / permuted.length;
  // Sums in another order differ in their last bits.
  const asGood = permuted.filter((x) => x >= value - 1e-12).length;
  return {
    value,
    expected,
    high: quantile(permuted.sort(), 0.95),
    pValue: (asGood + 1) / (permuted.length + 1),
  };
}

/**
 * The effects of a model's heads by depth, so that models of other numbers of layers and heads can be laid beside it: the mean of each layer's heads, layer l being at
 * depth (l + ½) / L, read at the middles of equal parts by linear interpolation, level beyond the first and the last layer.
 * @param effects  [L] of [H]
 * @param parts    parts of the depth; for a comparison the number of layers of the shallower model
 * @returns [parts]
 * @throws RangeError where there are no layers, or a layer without heads
 */
export function depthProfile(effects: readonly ArrayLike<number>[], parts: number): Float64Array {
  if (effects.length === 0 || effects.some(({ length }) => length === 0))
    throw new RangeError(
      `A profile needs layers with heads; got layers of ${effects.map(({ length }) => length).join(", ") || "nothing"}.`,
    );
  const means = effects.map((heads) => Array.from(heads).reduce((sum, e) => sum + e, 0) / heads.length);
  return Float64Array.from({ length: parts }, (_, part) => {
    const place = ((part + 0.5) / parts) * means.length - 0.5;
    const inside = Math.min(Math.max(place, 0), means.length - 1);
    const below = Math.min(Math.floor(inside), Math.max(0, means.length - 2));
    const above = Math.min(below + 1, means.length - 1);
    return means[below] + (inside - below) * (means[above] - means[below]);
  });
}
