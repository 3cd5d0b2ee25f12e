import type { BoxSphere } from "./boxSphere";
import type { DiceAtLeast } from "./diceAtLeast";
import type { DivisorCount } from "./divisorCount";
import type { EvenWords } from "./evenWords";
import type { IntegerMinimum } from "./integerMinimum";
import type { LatticePaths } from "./latticePaths";
import type { LatticeTriangle } from "./latticeTriangle";
import type { LinearRecurrence } from "./linearRecurrence";
import type { MultiplesOfOne } from "./multiplesOfOne";
import type { PolygonAngle } from "./polygonAngle";
import type { PowerRemainder } from "./powerRemainder";
import type { RangeOnInterval } from "./rangeOnInterval";
import type { RemainderSystem } from "./remainderSystem";
import type { SpacedSeats } from "./spacedSeats";
import type { TriangleAngle } from "./triangleAngle";
import type { TriangleMeasure } from "./triangleMeasure";
import type { WeightedMinimum } from "./weightedMinimum";

/**
 * A second solver of every family: it tries all cases, steps through a process, or measures points in the plane, and shares no formula with the family.
 * @returns what `checkAnswer` compares with the answer: an exact number, or one of ten digits
 */
export function solveAgain(family: string, parameters: unknown): string {
  return SOLVERS[family](parameters as never);
}

/** The families that have a second solver. */
export function solvedFamilies(): string[] {
  return Object.keys(SOLVERS);
}

const SOLVERS: Readonly<Record<string, (parameters: never) => string>> = {
  "power-remainder": ({ powers, modulus }: PowerRemainder) => {
    let sum = 0;
    for (const { base, exponent } of powers) {
      let power = 1;
      for (let i = 0; i < exponent; i++) power = (power * base) % modulus;
      sum += power;
    }
    return `${sum % modulus}`;
  },
  "divisor-count": ({ factors, asked }: DivisorCount) => {
    const n = factors.reduce((all, { prime, exponent }) => all * prime ** exponent, 1);
    let count = 0;
    if (asked === "squares") for (let d = 1; d * d <= n; d++) count += Number(n % (d * d) === 0);
    else for (let d = 1; d < n; d++) count += Number((n * n) % d === 0 && n % d !== 0);
    return `${count}`;
  },
  "remainder-system": ({ congruences, bound }: RemainderSystem) => {
    let x = bound + 1;
    while (congruences.some(({ remainder, modulus }) => x % modulus !== remainder)) x++;
    return `${x}`;
  },
  "multiples-of-one": ({ limit, a, b, asked }: MultiplesOfOne) => {
    let total = 0;
    for (let n = 1; n <= limit; n++) if ((n % a === 0) !== (n % b === 0)) total += asked === "count" ? 1 : n;
    return `${total}`;
  },
  "lattice-paths": ({ target, blocked }: LatticePaths) => {
    const ways = new Map<string, number>([["0,0", 1]]);
    const isBlocked = (x: number, y: number) => blocked.some((point) => point.x === x && point.y === y);
    for (let x = 0; x <= target.x; x++)
      for (let y = 0; y <= target.y; y++) {
        if (x + y === 0) continue;
        const sum = (ways.get(`${x - 1},${y}`) ?? 0) + (ways.get(`${x},${y - 1}`) ?? 0);
        ways.set(`${x},${y}`, isBlocked(x, y) ? 0 : sum);
      }
    return `${ways.get(`${target.x},${target.y}`)}`;
  },
  "even-words": ({ letters, length, parity }: EvenWords) => {
    let [even, odd] = [1n, 0n];
    const others = BigInt(letters - 1);
    for (let i = 0; i < length; i++) [even, odd] = [even * others + odd, odd * others + even];
    return `${parity === "even" ? even : odd}`;
  },
  "dice-at-least": ({ dice, faces, threshold, wanted }: DiceAtLeast) => {
    // of all throws of the dice so far, how many have so many hits
    let throws = [1];
    for (let die = 0; die < dice; die++) {
      const next = Array<number>(throws.length + 1).fill(0);
      for (const [hits, ways] of throws.entries())
        for (let face = 1; face <= faces; face++) next[face >= threshold ? hits + 1 : hits] += ways;
      throws = next;
    }
    const sum = (ways: readonly number[]) => ways.reduce((all, one) => all + one, 0);
    return `${sum(throws.slice(wanted))}/${sum(throws)}`;
  },
  "spaced-seats": ({ seats, chosen, gap, isRound }: SpacedSeats) => {
    /** Choices of `left` more seats from `from` on, none beyond `last`. */
    const ways = (from: number, left: number, last: number): number => {
      if (left === 0) return 1;
      const known = memory.get(`${from} ${left} ${last}`);
      if (known !== undefined) return known;
      let sum = 0;
      for (let seat = from; seat <= last; seat++) sum += ways(seat + gap + 1, left - 1, last);
      memory.set(`${from} ${left} ${last}`, sum);
      return sum;
    };
    const memory = new Map<string, number>();
    if (!isRound) return `${ways(0, chosen, seats - 1)}`;
    let total = 0; // the first chosen seat keeps its distance from the last one, round the end
    for (let first = 0; first < seats; first++)
      total += ways(first + gap + 1, chosen - 1, Math.min(seats - 1, first + seats - gap - 1));
    return `${total}`;
  },
  "range-on-interval": (parameters: RangeOnInterval) => {
    const { low, high, ends } = parameters;
    const f =
      parameters.kind === "parabola"
        ? (x: number) => x * x - 2 * parameters.vertex * x + parameters.vertex ** 2 + parameters.offset
        : (x: number) => x + parameters.c / x;
    const minimum = f(ternary(f, low, high));
    const [greater, isClosed] = f(low) > f(high) ? [f(low), ends.low] : [f(high), ends.high];
    return `[${digits(minimum)},${digits(greater)}${isClosed ? "]" : ")"}`;
  },
  "weighted-minimum": ({ weights, total }: WeightedMinimum) => {
    const least = (place: number, left: number): number => {
      if (place === weights.length - 1) return weights[place] / left;
      const f = (x: number) => weights[place] / x + least(place + 1, left - x);
      return f(ternary(f, 0, left, INSIDE_STEPS));
    };
    return digits(least(0, total));
  },
  "integer-minimum": ({ a, c, degree }: IntegerMinimum) => {
    let best = 1;
    const f = (n: number) => a * n ** degree + c / n;
    for (let n = 2; n <= 1000; n++) if (f(n) < f(best)) best = n;
    return `${a * best ** (degree + 1) + c}/${best}`;
  },
  "linear-recurrence": ({ first, factor, step, index }: LinearRecurrence) => {
    let term = BigInt(first);
    for (let n = 1; n < index; n++) term = BigInt(factor) * term + BigInt(step);
    return `${term}`;
  },
  "triangle-measure": ({ sides: [a, b, c], asked }: TriangleMeasure) => {
    // A at the origin, B on the axis at c; C where the circles of radius b and a meet
    const x = (b * b - a * a + c * c) / (2 * c);
    const y = Math.sqrt(b * b - x * x);
    if (asked === "area") return digits((c * y) / 2);
    // the centre has the same distance from all three corners
    const centre = (x * x + y * y - c * x) / (2 * y);
    return digits(Math.hypot(c / 2, centre));
  },
  "box-sphere": ({ edges, asked }: BoxSphere) => {
    const radius = Math.hypot(...edges.map((edge) => edge / 2));
    if (asked === "area") return digits(4 * Math.PI * radius ** 2);
    return digits((4 / 3) * Math.PI * radius ** 3);
  },
  "polygon-angle": ({ corners, vertices }: PolygonAngle) => {
    const at = (vertex: number) => {
      const turn = (2 * Math.PI * vertex) / corners;
      return [Math.cos(turn), Math.sin(turn)] as const;
    };
    const [i, j, k, l] = vertices.map(at);
    if (l === undefined) return digits(degreesBetween(minus(i, j), minus(k, j)));
    return digits(degreesBetween(minus(i, k), minus(j, l))); // P lies on A_i A_k and on A_j A_l
  },
  "triangle-angle": ({ sides: [a, b, c] }: TriangleAngle) => {
    // C at the origin, A on the axis at b; B where the circles of radius a and c meet
    const x = (a * a - c * c + b * b) / (2 * b);
    return digits(Math.atan2(Math.sqrt(a * a - x * x), x));
  },
  "lattice-triangle": ({ corners, asked }: LatticeTriangle) => {
    const side = (x: number, y: number, i: number) => {
      const [p, q] = [corners[i], corners[(i + 1) % 3]];
      return Math.sign((q.x - p.x) * (y - p.y) - (x - p.x) * (q.y - p.y));
    };
    let inside = 0;
    for (let x = 0; x <= 40; x++)
      for (let y = 0; y <= 40; y++) {
        const sides = [0, 1, 2].map((i) => side(x, y, i));
        inside += Number(sides[0] !== 0 && sides.every((one) => one === sides[0]));
      }
    if (asked === "interior") return `${inside}`;
    // Heron
    const [a, b, c] = corners.map((p, i) => {
      const q = corners[(i + 1) % 3];
      return Math.hypot(p.x - q.x, p.y - q.y);
    });
    const s = (a + b + c) / 2;
    return (Math.round(2e4 * Math.sqrt(s * (s - a) * (s - b) * (s - c))) / 2e4).toString();
  },
};

/** What rounding leaves of 0 is 0. */
function digits(value: number): string {
  return Math.abs(value) < 1e-12 ? "0" : value.toPrecision(10);
}

/** Within 1e-16 of the length, for a minimum at an end, and 1e-8: of one inside, where the curve is flat, no more can be seen. */
const [STEPS, INSIDE_STEPS] = [90, 45];

/** Where a function with one minimum has it, within (2/3)^steps of the length. */
function ternary(f: (x: number) => number, from: number, to: number, steps = STEPS): number {
  let [low, high] = [from, to];
  for (let i = 0; i < steps; i++) {
    const [left, right] = [low + (high - low) / 3, high - (high - low) / 3];
    if (f(left) < f(right)) high = right;
    else low = left;
  }
  return (low + high) / 2;
}

type Vector = readonly [number, number];

function minus(a: Vector, b: Vector): Vector {
  return [a[0] - b[0], a[1] - b[1]];
}

function degreesBetween(a: Vector, b: Vector): number {
  const radians = Math.atan2(Math.abs(a[0] * b[1] - a[1] * b[0]), a[0] * b[0] + a[1] * b[1]);
  return (radians * 180) / Math.PI;
}
