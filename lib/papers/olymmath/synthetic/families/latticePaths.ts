import { between, choose, drawUntil, type Family } from "../family";

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Paths of unit steps right and up from the origin, which keep off the blocked points; the blocked ones ascend. */
export interface LatticePaths {
  readonly target: Point;
  readonly blocked: readonly Point[];
}

const ORIGIN = { x: 0, y: 0 };

/** Lattice paths round obstacles, by inclusion and exclusion. */
export const latticePaths: Family<LatticePaths> = {
  name: "lattice-paths",
  field: "Combinatorics",
  draw(random, tier) {
    const [low, high] = tier === "EASY" ? [3, 8] : [6, 12];
    const target = { x: between(random, low, high), y: between(random, low, high) };
    const inside = (from: Point): Point =>
      drawUntil(
        () => ({ x: between(random, from.x, target.x), y: between(random, from.y, target.y) }),
        ({ x, y }) => x + y > from.x + from.y && x + y < target.x + target.y,
      );
    if (tier === "EASY") return { target, blocked: [inside(ORIGIN)] };
    const first = drawUntil(
      () => inside(ORIGIN),
      ({ x, y }) => x + y < target.x + target.y - 1,
    );
    return { target, blocked: [first, inside(first)] };
  },
  pose({ target, blocked }) {
    const all = paths(ORIGIN, target);
    const through = blocked.map((point) => paths(ORIGIN, point) * paths(point, target));
    const [first, second] = blocked;
    const shared = second ? paths(ORIGIN, first) * paths(first, second) * paths(second, target) : 0;
    const hit = through.reduce((sum, ways) => sum + ways, 0);
    const answer = all - hit + shared;
    const at = ({ x, y }: Point) => `$(${x},${y})$`;
    return {
      text: {
        EN: `A path goes from ${at(ORIGIN)} to ${at(target)} in unit steps to the right or up. How many such paths do not pass through ${blocked.map(at).join(" or ")}?`,
        ZH: `一条路径从 ${at(ORIGIN)} 出发, 每步向右或向上走一个单位, 到达 ${at(target)}. 不经过 ${blocked.map(at).join(" 和 ")} 的路径有多少条?`,
      },
      work: `${all}-${through.join("-")}${second ? `+${shared}` : ""}=${answer}`,
      answer: `${answer}`,
      traps: [
        { name: "forgets the obstacles", value: `${all}` },
        second
          ? { name: "takes paths through both points away twice", value: `${all - hit}` }
          : { name: "counts the paths through the point", value: `${hit}` },
      ],
    };
  },
};

function paths(from: Point, to: Point): number {
  return choose(to.x - from.x + to.y - from.y, to.x - from.x);
}
