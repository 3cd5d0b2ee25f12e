import { between, drawUntil, type Family } from "../family";
import { root, surds, timesRational } from "../latex";

/** A box with its corners on a sphere; edges in ascending order. */
export interface BoxSphere {
  readonly edges: readonly [number, number, number];
  readonly asked: "area" | "volume";
}

/** The sphere round a box: its diameter is the diagonal in space, d² = a² + b² + c². */
export const boxSphere: Family<BoxSphere> = {
  name: "box-sphere",
  field: "Geometry",
  weight: 0.5,
  draw(random, tier) {
    const edges = drawUntil(
      () => [1, 2, 3].map(() => between(random, 1, 24)).sort((x, y) => x - y) as [number, number, number],
      ([a, , c]) => a < c,
    );
    return { edges, asked: tier === "EASY" ? "area" : "volume" };
  },
  pose({ edges, asked }) {
    const [a, b, c] = edges;
    const [square, flat] = [a * a + b * b + c * c, b * b + c * c];
    const pi = (factor: number, radicand: number, below = 1) =>
      surds(timesRational(root(radicand), factor, below), "\\pi");
    const shown = `$${a}, ${b}, ${c}$`;
    // 4 π r² = π d², 4/3 π r³ = π d³ / 6
    const measure = (d2: number) => (asked === "area" ? pi(d2, 1) : pi(d2, d2, 6));
    const [en, zh] = asked === "area" ? ["surface area", "表面积"] : ["volume", "体积"];
    return {
      text: {
        EN: `All vertices of a rectangular box with edges ${shown} lie on a sphere. Find the ${en} of the sphere.`,
        ZH: `棱长为 ${shown} 的长方体的所有顶点都在一个球面上. 求该球的${zh}.`,
      },
      work: `${a * a}+${b * b}+${c * c}=${square}`,
      answer: measure(square),
      traps: [
        { name: "takes the diagonal of a face", value: measure(flat) },
        {
          name: "takes the diameter for the radius",
          value: asked === "area" ? pi(4 * square, 1) : pi(4 * square, square, 3),
        },
      ],
    };
  },
};
