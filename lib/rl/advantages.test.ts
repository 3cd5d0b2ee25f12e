import { describe, expect, test } from "vitest";
import { assertClose } from "../tensor/testing";
import { groupAdvantages, groupStatistics } from "./advantages";

describe("group advantages", () => {
  test("rewards 1, 0, 0, 0: mean 1/4, standard deviation 1/2", () => {
    expect(groupStatistics([1, 0, 0, 0], 4)).toEqual([{ mean: 0.25, deviation: 0.5 }]);
    assertClose([...groupAdvantages([1, 0, 0, 0], 4, { epsilon: 1e-6 })], [1.5, -0.5, -0.5, -0.5]);
    assertClose(
      [...groupAdvantages([1, 0, 0, 0], 4)],
      [1.5, -0.5, -0.5, -0.5].map((a) => (a * 0.5) / 0.5001),
    );
  });

  test("each group by itself, with mean 0", () => {
    const rewards = [3, 1, 2, 2, 10, 40, 20, 30];
    const advantages = groupAdvantages(rewards, 4, { epsilon: 0 });
    const [first, second] = [Math.sqrt(2 / 3), Math.sqrt(500 / 3)];
    assertClose(
      [...advantages],
      [1, -1, 0, 0].map((x) => x / first).concat([-15, 15, -5, 5].map((x) => x / second)),
    );
    for (const group of [advantages.subarray(0, 4), advantages.subarray(4)])
      expect(group.reduce((a, b) => a + b)).toBeCloseTo(0, 12);
  });

  test("equal rewards give exactly 0, a mean off by rounding too", () => {
    expect((0.1 + 0.1 + 0.1) / 3).not.toBe(0.1);
    for (const scale of ["group", "none"] as const)
      expect([...groupAdvantages([0.1, 0.1, 0.1, 7, 7, 7], 3, { scale })]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test("population deviation; no scale", () => {
    const plain = groupAdvantages([1, 0, 0, 0], 4, { epsilon: 0, deviation: "population" });
    assertClose([...plain], [Math.sqrt(3), -Math.sqrt(1 / 3), -Math.sqrt(1 / 3), -Math.sqrt(1 / 3)]);
    assertClose([...groupAdvantages([1, 0, 0, 0], 4, { scale: "none" })], [0.75, -0.25, -0.25, -0.25]);
  });

  test("errors", () => {
    expect(() => groupAdvantages([1, 2], 1)).toThrow(
      "A group has at least 2 outputs, not 1: they are compared",
    );
    expect(() => groupAdvantages([1, 2, 3], 2)).toThrow("3 rewards do not fill groups of 2.");
    expect(() => groupAdvantages([1, 2, 3, Number.NaN], 2)).toThrow("Reward 3 is NaN, not a finite number.");
  });
});
