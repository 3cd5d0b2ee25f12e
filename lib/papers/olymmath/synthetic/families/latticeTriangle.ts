import { between, drawUntil, type Family, gcd } from "../family";
import { fraction } from "../latex";
import type { Point } from "./latticePaths";

/** A triangle with whole coordinates. */
export interface LatticeTriangle {
  readonly corners: readonly [Point, Point, Point];
  readonly asked: "area" | "interior";
}

/** Area by coordinates, and the points inside by Pick's theorem, K = I + B/2 - 1. */
export const latticeTriangle: Family<LatticeTriangle> = {
  name: "lattice-triangle",
  field: "Geometry",
  draw(random, tier) {
    const size = tier === "EASY" ? 12 : 40;
    const corners = drawUntil(
      () =>
        [1, 2, 3].map(() => ({ x: between(random, 0, size), y: between(random, 0, size) })) as [
          Point,
          Point,
          Point,
        ],
      (drawn) => twiceArea(drawn) > 2,
    );
    return { corners, asked: tier === "EASY" ? "area" : "interior" };
  },
  pose({ corners, asked }) {
    const twice = twiceArea(corners);
    const names = corners.map(({ x, y }, i) => `${"ABC"[i]}(${x},${y})`);
    const named = `$${names.join(", ")}$`;
    if (asked === "area") {
      const [width, height] = [extent(corners.map(({ x }) => x)), extent(corners.map(({ y }) => y))];
      return {
        text: {
          EN: `Find the area of the triangle with vertices ${named}.`,
          ZH: `求以 ${named} 为顶点的三角形的面积.`,
        },
        work: `2K=${twice}`,
        answer: fraction(twice, 2),
        traps: [
          { name: "forgets the half", value: `${twice}` },
          { name: "takes half of the enclosing rectangle", value: fraction(width * height, 2) },
        ],
      };
    }
    const sides = corners.map((from, i) => pointsOn(from, corners[(i + 1) % 3]));
    const boundary = sides.reduce((sum, points) => sum + points, 0);
    const answer = (twice - boundary + 2) / 2; // I = (2K - B + 2) / 2
    return {
      text: {
        EN: `How many points with integer coordinates lie strictly inside the triangle with vertices ${named}?`,
        ZH: `以 ${named} 为顶点的三角形内部 (不含边界) 有多少个整点?`,
      },
      work: `2K=${twice}, B=${sides.join("+")}=${boundary}`,
      answer: `${answer}`,
      traps: [
        { name: "counts the boundary too", value: `${answer + boundary}` },
        { name: "takes the corners for the whole boundary", value: fraction(twice - 1, 2) },
      ],
    };
  },
};

function twiceArea([a, b, c]: LatticeTriangle["corners"]): number {
  return Math.abs((b.x - a.x) * (c.y - a.y) - (c.x - a.x) * (b.y - a.y));
}

/** Whole points of a side, one end counted. */
function pointsOn(a: Point, b: Point): number {
  return gcd(Math.abs(a.x - b.x), Math.abs(a.y - b.y));
}

function extent(values: readonly number[]): number {
  return Math.max(...values) - Math.min(...values);
}
