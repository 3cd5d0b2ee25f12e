import { between, drawUntil, type Family } from "../family";
import { type Ends, fraction, interval, root, surds, timesRational } from "../latex";

/** A function with its minimum inside an interval from `low` to `high`, of which it is asked for the range. */
export type RangeOnInterval = {
  readonly low: number;
  readonly high: number;
  /** Which ends of the domain belong to it. */
  readonly ends: Ends;
} & (
  | { readonly kind: "parabola"; readonly vertex: number; readonly offset: number }
  /** x + c / x */
  | { readonly kind: "hyperbola"; readonly c: number }
);

/** The range of a function on a bounded interval: the minimum lies inside, the greater end decides about the upper bracket. */
export const rangeOnInterval: Family<RangeOnInterval> = {
  name: "range-on-interval",
  field: "Algebra",
  draw(random, tier) {
    const ends = { low: random.integer(2) === 0, high: random.integer(2) === 0 };
    if (tier === "EASY") {
      const vertex = between(random, -6, 6);
      const [left, right] = drawUntil(
        () => [between(random, 1, 8), between(random, 1, 8)],
        ([a, b]) => a !== b,
      );
      return {
        ...{ kind: "parabola", low: vertex - left, high: vertex + right, ends },
        ...{ vertex, offset: between(random, -20, 20) },
      };
    }
    return drawUntil(
      () => {
        const low = between(random, 1, 6);
        const high = low + between(random, 1, 9);
        return { kind: "hyperbola", low, high, ends, c: between(random, 2, 99) } as const;
      },
      ({ low, high, c }) =>
        low ** 2 < c && c < high ** 2 && c !== low * high && !Number.isInteger(Math.sqrt(c)),
    );
  },
  pose(parameters) {
    const { low, high, ends } = parameters;
    const { formula, minimum, at } = described(parameters);
    const isLowGreater = at(low).value > at(high).value;
    const [greater, smaller] = isLowGreater ? [low, high] : [high, low];
    const hasGreater = isLowGreater ? ends.low : ends.high;
    const hasSmaller = isLowGreater ? ends.high : ends.low;
    const domain = interval(`${low}`, `${high}`, ends);
    const top = at(greater).text;
    return {
      text: {
        EN: `Find the range of the function $f(x)=${formula}$ on the interval $${domain}$.`,
        ZH: `求函数 $f(x)=${formula}$ 在区间 $${domain}$ 上的值域.`,
      },
      work: `f(${low})=${at(low).text}, f(${high})=${at(high).text}, \\min f=${minimum}`,
      answer: interval(minimum, top, { low: true, high: hasGreater }),
      traps: [
        {
          name: "looks at the ends only",
          value: interval(at(smaller).text, top, { low: hasSmaller, high: hasGreater }),
        },
        {
          name: "mistakes whether the end belongs to it",
          value: interval(minimum, top, { low: true, high: !hasGreater }),
        },
      ],
    };
  },
};

/** The function as LaTeX, its least value, and its values. */
function described(parameters: RangeOnInterval) {
  if (parameters.kind === "hyperbola") {
    const { c } = parameters;
    const at = (x: number) => ({ value: x + c / x, text: fraction(x * x + c, x) });
    return { formula: `x+\\frac{${c}}{x}`, minimum: surds(timesRational(root(c), 2)), at };
  }
  const { vertex, offset } = parameters;
  const square = vertex === 0 ? "x^2" : `x^2${signed(-2 * vertex)}x`;
  const constant = vertex ** 2 + offset;
  const at = (x: number) => ({ value: (x - vertex) ** 2, text: `${(x - vertex) ** 2 + offset}` });
  return { formula: constant === 0 ? square : square + signed(constant), minimum: `${offset}`, at };
}

function signed(value: number): string {
  return value < 0 ? `${value}` : `+${value}`;
}
