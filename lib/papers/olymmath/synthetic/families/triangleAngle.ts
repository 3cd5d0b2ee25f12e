import { rational } from "../../../../math/numbers/rational";
import { between, drawUntil, type Family } from "../family";

/** Sides a, b, c of a triangle; the angle opposite to c. */
export interface TriangleAngle {
  readonly sides: readonly [number, number, number];
}

/** An angle by the law of cosines: acute at EASY, obtuse at HARD, where the cosine is negative. */
export const triangleAngle: Family<TriangleAngle> = {
  name: "triangle-angle",
  field: "Geometry",
  weight: 0.15,
  draw(random, tier) {
    const sides = drawUntil(
      () => [1, 2, 3].map(() => between(random, 2, 18)) as [number, number, number],
      ([a, b, c]) => {
        const isTriangle = a < b + c && b < a + c && c < a + b && a !== c;
        const above = a * a + b * b - c * c;
        // 60° and 120° are not written as an arc cosine
        return isTriangle && Math.abs(above) !== a * b && (tier === "EASY" ? above > 0 : above < 0);
      },
    );
    return { sides };
  },
  pose({ sides: [a, b, c] }) {
    const cosine = (above: number, below: number) => rational(above, below);
    const { n, d } = cosine(a * a + b * b - c * c, 2 * a * b);
    const size = n < 0n ? -n : n;
    const arc = (above: bigint, below: bigint) => `\\arccos\\frac{${above}}{${below}}`;
    const beside = cosine(b * b + c * c - a * a, 2 * b * c);
    const other = arc(beside.n < 0n ? -beside.n : beside.n, beside.d);
    const named = `BC=${a}, CA=${b}, AB=${c}`;
    return {
      text: {
        EN: `In triangle $ABC$, $${named}$. Find $\\angle ACB$ in radians.`,
        ZH: `在三角形 $ABC$ 中, $${named}$. 求 $\\angle ACB$ 的弧度数.`,
      },
      work: `\\cos C=\\frac{${a * a + b * b - c * c}}{${2 * a * b}}=${n < 0n ? "-" : ""}\\frac{${size}}{${d}}`,
      answer: n < 0n ? `\\pi-${arc(size, d)}` : arc(size, d),
      traps: [
        n < 0n
          ? { name: "drops the sign of the cosine", value: arc(size, d) }
          : { name: "takes the angle beside it", value: `\\pi-${arc(size, d)}` },
        { name: "takes another corner", value: beside.n < 0n ? `\\pi-${other}` : other },
      ],
    };
  },
};
