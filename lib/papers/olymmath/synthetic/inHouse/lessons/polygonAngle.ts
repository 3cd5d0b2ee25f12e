import type { PolygonAngle } from "../../families/polygonAngle";
import { type Lesson, step } from "./lesson";

/** Sides between the outer corners, sides of the arc beyond them, and half a degree's worth for each. */
export const polygonAngleLesson: Lesson<PolygonAngle> = {
  family: "polygon-angle",
  isSmall: ({ corners }) => corners <= 12,
  derive: (parameters) => derivation(parameters, 180),
  shortcut: { trap: "takes the angle at the centre", derive: (parameters) => derivation(parameters, 360) },
};

function derivation({ corners, vertices: [i, , k] }: PolygonAngle, turn: number): readonly string[] {
  const arc = corners - (k - i);
  const each = turn / corners;
  return [step(k, "-", i, k - i), step(corners, "-", k - i, arc), step(arc, "\\cdot ", each, arc * each)];
}
