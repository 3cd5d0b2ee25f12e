import type { BoxSphere } from "../../families/boxSphere";
import { type Lesson, step } from "./lesson";

/** The squares of the edges, added one after the other. */
export const boxSphereLesson: Lesson<BoxSphere> = {
  family: "box-sphere",
  isSmall: ({ edges: [, , longest] }) => longest <= 9,
  derive: ({ edges }) => {
    const [a, b, c] = edges.map((edge) => edge * edge);
    return [step(a, "+", b, a + b), step(a + b, "+", c, a + b + c)];
  },
  shortcut: {
    trap: "takes the diagonal of a face",
    derive: ({ edges: [, b, c] }) => [step(b * b, "+", c * c, b * b + c * c)],
  },
};
