import type { LatticePaths } from "../../families/latticePaths";
import { choose } from "../../family";
import { type Lesson, step } from "./lesson";

/** The way that is left behind the blocked point, the paths through it, and the others. */
export const latticePathsLesson: Lesson<LatticePaths> = {
  family: "lattice-paths",
  isSmall: ({ target: { x, y } }) => x <= 5 && y <= 5,
  derive: ({ target, blocked: [point] }) => {
    const [right, up] = [target.x - point.x, target.y - point.y];
    const [before, behind] = [choose(point.x + point.y, point.x), choose(right + up, right)];
    const [all, through] = [choose(target.x + target.y, target.x), before * behind];
    return [
      step(target.x, "-", point.x, right),
      step(target.y, "-", point.y, up),
      step(before, "\\cdot ", behind, through),
      step(all, "-", through, all - through),
    ];
  },
  shortcut: {
    trap: "forgets the obstacles",
    derive: ({ target: { x, y } }) => [`\\binom{${x + y}}{${x}}=${choose(x + y, x)}`],
  },
};
