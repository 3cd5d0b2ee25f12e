import { between, drawUntil, type Family } from "../family";
import { fraction, root, surds, timesRational } from "../latex";

/** A triangle with whole sides in ascending order, without a right angle. */
export interface TriangleMeasure {
  readonly sides: readonly [number, number, number];
  readonly asked: "area" | "circumradius";
}

/** Area by Heron's formula, and the circumradius abc / 4K. */
export const triangleMeasure: Family<TriangleMeasure> = {
  name: "triangle-measure",
  field: "Geometry",
  draw(random, tier) {
    const sides = drawUntil(
      () => {
        const drawn = [1, 2, 3].map(() => between(random, 3, tier === "EASY" ? 20 : 30));
        return drawn.sort((x, y) => x - y) as [number, number, number];
      },
      ([a, b, c]) => a < b && b < c && c < a + b && a * a + b * b !== c * c,
    );
    return { sides, asked: tier === "EASY" ? "area" : "circumradius" };
  },
  pose({ sides, asked }) {
    const [a, b, c] = sides;
    const sixteenth = (a + b + c) * (-a + b + c) * (a - b + c) * (a + b - c); // 16 K²
    const area = timesRational(root(sixteenth), 1, 4);
    const named = `AB=${c}, BC=${a}, CA=${b}`;
    const squares = `16K^2=${sixteenth}`;
    if (asked === "area") {
      return {
        text: {
          EN: `In triangle $ABC$, $${named}$. Find the area of triangle $ABC$.`,
          ZH: `在三角形 $ABC$ 中, $${named}$. 求三角形 $ABC$ 的面积.`,
        },
        work: squares,
        answer: surds(area),
        traps: [{ name: "takes the angle at C for a right one", value: fraction(a * b, 2) }],
      };
    }
    return {
      text: {
        EN: `In triangle $ABC$, $${named}$. Find the radius of the circumscribed circle of triangle $ABC$.`,
        ZH: `在三角形 $ABC$ 中, $${named}$. 求三角形 $ABC$ 的外接圆半径.`,
      },
      work: `${squares}, K=${surds(area)}, ${a}\\cdot ${b}\\cdot ${c}=${a * b * c}`,
      // abc / 4K = abc √(1 / 16K²)
      answer: surds(timesRational(root(1, sixteenth), a * b * c)),
      traps: [
        { name: "takes the longest side for a diameter", value: fraction(c, 2) },
        {
          name: "takes the inscribed circle",
          value: surds(timesRational(area, 2, a + b + c)),
        },
      ],
    };
  },
};
