import { between, choose, type Family } from "../family";

/** `chosen` of `seats` in a row or a circle, with at least `gap` free ones between any two that are next to each other. */
export interface SpacedSeats {
  readonly seats: number;
  readonly chosen: number;
  readonly gap: number;
  readonly isRound: boolean;
}

/** Choices without neighbours; in a circle the last and the first are neighbours too. */
export const spacedSeats: Family<SpacedSeats> = {
  name: "spaced-seats",
  field: "Combinatorics",
  draw(random, tier) {
    const isRound = tier === "HARD";
    const chosen = between(random, 3, 6);
    const gap = between(random, 1, 4);
    return { chosen, gap, isRound, seats: chosen * (gap + 1) + between(random, 1, 40) };
  },
  pose({ seats, chosen, gap, isRound }) {
    const row = choose(seats - gap * (chosen - 1), chosen);
    const rest = seats - gap * chosen;
    const circle = (seats * choose(rest, chosen)) / rest;
    const answer = isRound ? circle : row;
    const all = `C(${isRound ? rest : rest + gap},${chosen})`;
    return {
      text: {
        EN: `There are $${seats}$ numbered chairs ${isRound ? "around a round table" : "in a row"}. In how many ways can $${chosen}$ of them be chosen so that the number of unchosen chairs between any chosen chair and the next one is at least $${gap}$?`,
        ZH: `${isRound ? "圆桌周围" : "一排"}有 $${seats}$ 把编号的椅子. 从中选出 $${chosen}$ 把, 使得任意相邻两把选中的椅子之间至少有 $${gap}$ 把未选中的椅子, 有多少种选法?`,
      },
      work: isRound ? `\\frac{${seats}}{${rest}}${all}=${answer}` : `${all}=${answer}`,
      answer: `${answer}`,
      traps: [
        isRound
          ? { name: "takes the circle for a row", value: `${row}` }
          : { name: "takes the row for a circle", value: `${circle}` },
        { name: "forgets the distance", value: `${choose(seats, chosen)}` },
      ],
    };
  },
};
