import { drawUntil, type Family, pick } from "../family";

/** Vertices of a regular polygon, numbered from 1 in ascending order: three of an inscribed angle, or the ends of two diagonals that cross. */
export interface PolygonAngle {
  readonly corners: number;
  /** i < j < k: the angle at A_j. i < j < k < l: the angle A_i P A_j, where A_i A_k and A_j A_l meet in P. */
  readonly vertices: readonly number[];
}

/** Numbers of corners where half an arc, 180°/n, is a whole number of degrees. */
const CORNERS = [9, 10, 12, 15, 18, 20, 30, 36, 45, 60];

/** Angles of a regular polygon from the arcs of its circle: half of one arc on the circle, half of the sum of two arcs inside. */
export const polygonAngle: Family<PolygonAngle> = {
  name: "polygon-angle",
  field: "Geometry",
  weight: 0.15,
  draw(random, tier) {
    const corners = pick(random, CORNERS);
    const vertices = drawUntil(
      () => Array.from({ length: tier === "EASY" ? 3 : 4 }, () => 1 + random.integer(corners)),
      (all) => new Set(all).size === all.length,
    );
    return { corners, vertices: vertices.sort((a, b) => a - b) };
  },
  pose({ corners, vertices }) {
    const half = 180 / corners; // degrees of an inscribed angle over one side
    const [i, j, k, l] = vertices;
    const degrees = (sides: number) => `${sides * half}^{\\circ}`;
    const polygon = `A_{1}A_{2}\\ldots A_{${corners}}`;
    const vertex = (index: number) => `A_{${index}}`;
    if (l === undefined) {
      const arc = corners - (k - i); // from A_k on to A_i, away from A_j
      const angle = `\\angle ${vertex(i)}${vertex(j)}${vertex(k)}`;
      return {
        text: {
          EN: `Let $${polygon}$ be a regular polygon with $${corners}$ sides. Find $${angle}$ in degrees.`,
          ZH: `设 $${polygon}$ 为正 $${corners}$ 边形. 求 $${angle}$ 的度数.`,
        },
        work: `${corners}-${k - i}=${arc}, ${arc}\\cdot ${half}=${arc * half}`,
        answer: degrees(arc),
        traps: [
          { name: "takes the angle at the centre", value: degrees(2 * arc) },
          { name: "takes the other arc", value: degrees(k - i) },
        ],
      };
    }
    const arcs = j - i + (l - k);
    const [first, second] = [`${vertex(i)}${vertex(k)}`, `${vertex(j)}${vertex(l)}`];
    const angle = `\\angle ${vertex(i)}P${vertex(j)}`;
    return {
      text: {
        EN: `Let $${polygon}$ be a regular polygon with $${corners}$ sides. The segments $${first}$ and $${second}$ meet at $P$. Find $${angle}$ in degrees.`,
        ZH: `设 $${polygon}$ 为正 $${corners}$ 边形. 线段 $${first}$ 与 $${second}$ 相交于点 $P$. 求 $${angle}$ 的度数.`,
      },
      work: `${j - i}+${l - k}=${arcs}, ${arcs}\\cdot ${half}=${arcs * half}`,
      answer: degrees(arcs),
      traps: [
        { name: "takes one arc as the angle at the centre", value: degrees(2 * (j - i)) },
        { name: "takes the angle beside it", value: degrees(corners - arcs) },
      ],
    };
  },
};
