import { describe, expect, it } from "vitest";
import { derivationOf, scoreDerivation, stepChecker, stepsOf } from "./derivations";

/** a₁ = 5, a_{n+1} = 2 a_n - 4: the fourth term. */
const REFERENCE = ["10-4=6", "12-4=8", "16-4=12"];

const score = (solution: string, reference = REFERENCE) =>
  scoreDerivation(derivationOf(solution), reference, stepChecker());

describe("what is written", () => {
  it("is formulas without spaces, and the answer in the last box", () => {
    expect(derivationOf("$6-3=3, 10 - 3=7, 7\\cdot 18=126$\n\\boxed{126^{\\circ}}")).toEqual({
      steps: ["6-3=3", "10-3=7", "7\\cdot18=126"],
      answer: "126^{\\circ}",
    });
    expect(derivationOf("\\boxed{[7,32)}")).toEqual({ steps: [], answer: "[7,32)" });
  });
  it("has an earlier box among its formulas, and nothing behind the last", () =>
    expect(derivationOf("\\boxed{6}, $12-4=8$\n\\boxed{8} $1+1=2$")).toEqual({
      steps: ["\\boxed{6}", "12-4=8"],
      answer: "8",
    }));
  it("is all steps where the model had no more tokens", () => {
    expect(derivationOf("$10-4=6, 12-")).toEqual({ steps: ["10-4=6", "12-"], answer: "" });
  });
  it("has no empty formulas", () => expect(stepsOf("$1+1=2,, $ $2+1=3$,")).toEqual(["1+1=2", "2+1=3"]));
});

describe("steps", () => {
  const isTrue = stepChecker();
  it.each(["10-4=6", "4-10=-6", "86=6\\cdot14+2", "7\\cdot(-3)=-21", "\\binom{10}{5}=252", "2+3=6-1=5"])(
    "true: %s",
    (step) => expect(isTrue(step)).toBe(true),
  );
  it.each([
    ...["10-4=7", "86=6\\cdot14+4", "4-10=6", "\\binom{10}{5}=251", "2+3=6-1=4", "2+3=5=6"],
    ...["12-4", "12-4=", "=8", "=", "12-=8", "12-4=\\frac{8", "\\text{so}=\\text{so}"],
  ])("false, or no equation: %s", (step) => expect(isTrue(step)).toBe(false));
  it("are judged alike the second time", () => {
    const again = stepChecker();
    expect([again("1+1=2"), again("1+1=3"), again("1+1=2"), again("1+1=3")]).toEqual([
      ...[true, false],
      ...[true, false],
    ]);
  });
});

describe("a derivation", () => {
  it("that has it all", () =>
    expect(score("$10-4=6, 12-4=8, 16-4=12$\n\\boxed{12}")).toEqual({
      ...{ completeness: 1, allTrue: true, sound: true, derived: true },
    }));
  it("in which one step of three is wrong: a guess, whatever the box says", () =>
    expect(score("$10-4=6, 12-4=7, 16-4=12$\n\\boxed{12}")).toEqual({
      ...{ completeness: 2 / 3, allTrue: false, sound: false, derived: false },
    }));
  it("from which one step of three is missing", () =>
    expect(score("$10-4=6, 16-4=12$\n\\boxed{12}")).toEqual({
      ...{ completeness: 2 / 3, allTrue: true, sound: true, derived: false },
    }));
  it("that comes to something else than the box has", () =>
    expect(score("$10-4=6, 12-4=8, 16-4=12$\n\\boxed{13}")).toEqual({
      ...{ completeness: 1, allTrue: true, sound: false, derived: false },
    }));
  it("that goes on where the answer is found: a shortcut in good order", () => {
    const all = "10-4=6, 12-4=8, 16-4=12, 24-4=20";
    expect(score(`$${all}$\n\\boxed{20}`)).toMatchObject({ completeness: 1, sound: true });
    // 12 is among its steps, but not what they come to
    expect(score(`$${all}$\n\\boxed{12}`)).toMatchObject({ allTrue: true, sound: false, derived: false });
  });
  it("that is not there", () => {
    const none = { completeness: 0, allTrue: false, sound: false, derived: false };
    expect(score("\\boxed{12}")).toEqual(none);
    expect(score("")).toEqual(none);
  });
  it("that is cut off before the box, or inside a step", () => {
    expect(score("$10-4=6, 12-4=8, 16-4=12$")).toMatchObject({ completeness: 1, sound: false });
    expect(score("$10-4=6, 12-4=8, 16-4=")).toMatchObject({ completeness: 2 / 3, allTrue: false });
  });
  it("by other formulas, in another order, or twice", () => {
    expect(score("$16-4=12, 12-4=8, 10-4=6$\n\\boxed{6}").completeness).toBe(1);
    expect(score("$6=10-4, 12-4=8$\n\\boxed{8}").completeness).toBe(1 / 3);
    expect(score("$12-4=8, 12-4=8$\n\\boxed{8}").completeness).toBe(1 / 3);
    expect(score("$8-4=4$\n\\boxed{4}", ["8-4=4", "8-4=4"])).toMatchObject({
      completeness: 1,
      derived: true,
    });
  });
});

describe("the box", () => {
  const range = (box: string) =>
    score(`$8-1=7, 1-0=1, 6-1=5, 7+25=32$\n\\boxed{${box}}`, ["8-1=7", "1-0=1", "6-1=5", "7+25=32"]).sound;
  it("may have several numbers, all of them values of steps, and one that of the last", () => {
    expect(range("[7,32)")).toBe(true);
    expect(range("[8,32)")).toBe(false); // 8 is where a step begins
    expect(range("[5,7]")).toBe(false);
    expect(range("[-7,32)")).toBe(false);
  });
  it("may have more than numbers, but not less", () => {
    const area = (box: string) => score(`$16+25=41, 41+81=122$\n\\boxed{${box}}`, ["16+25=41"]).sound;
    expect([area("122\\pi"), area("\\pi"), area("122\\pi+2")]).toEqual([true, false, false]);
  });
  it("has a sign", () => {
    const value = (box: string) => score(`$4-10=-6$\n\\boxed{${box}}`, ["4-10=-6"]).derived;
    expect([value("-6"), value("6")]).toEqual([true, false]);
  });
});

it("needs a reference", () =>
  expect(() => score("$1+1=2$\n\\boxed{2}", [])).toThrow("The reference derivation has no steps."));
