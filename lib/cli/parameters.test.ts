import { describe, expect, it } from "vitest";
import { CommandError } from "./errors";
import { declaredParameters, parseSettings } from "./parameters";

const declared = declaredParameters(`
  // What this run is.
  let preset: "smoke" | "cpu" | "gpu" = "cpu"; // seconds, minutes, hours
  let seeds: readonly number[] = [1, 2, 3];
  let rate: number = 1e-3;
  let note: string = "a = b";
  let tags: string[] = [];
  let verbose = false;
  let limit: number | null = null;
`);

it("declarations are read with their types, or with the type of their default", () => {
  expect(declared.map(({ name, type }) => `${name}: ${type}`)).toEqual([
    'preset: "smoke" | "cpu" | "gpu"',
    "seeds: readonly number[]",
    "rate: number",
    "note: string",
    "tags: string[]",
    "verbose: boolean",
    "limit: number | null",
  ]);
});

describe("a setting is read as its parameter's type says", () => {
  it.each([
    ["preset=smoke", { preset: "smoke" }],
    ["seeds=4,5", { seeds: [4, 5] }],
    ["seeds=[4, 5]", { seeds: [4, 5] }],
    ["seeds=7", { seeds: [7] }],
    ["seeds=", { seeds: [] }],
    ["rate=1e-4", { rate: 1e-4 }],
    ["note=3", { note: "3" }],
    ["note=x=y, 'z' \"w\"", { note: "x=y, 'z' \"w\"" }],
    ["tags=a, b", { tags: ["a", "b"] }],
    ["verbose=true", { verbose: true }],
    ["limit=10", { limit: 10 }],
    ["limit=null", { limit: null }],
  ])("%s", (setting, values) => {
    expect(parseSettings([setting], declared)).toEqual(values);
  });
});

describe("a wrong one is refused with what to write", () => {
  const refusal = (setting: string) => {
    try {
      return parseSettings([setting], declared);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      return [error.message, ...error.remedies].join(" → ");
    }
  };
  it.each([
    ["sed=3", /no parameter "sed" → did you mean -p seeds=/],
    ["unlike_anything=3", /no parameter "unlike_anything" → it has: preset: "smoke"/],
    ["rate=fast", /rate is of type number, and "fast" is not/],
    ["rate=", /rate is of type number/],
    ["verbose=yes", /verbose=true or/],
    ["seeds=1,two", /seeds=1,2,3/],
    ["seeds=1,,2", /seeds=1,2,3/],
    ["preset=smoek", /did you mean smoke\?/],
    ["rate", /not a parameter setting → write it as -p name=value/],
    ["=3", /not a parameter setting/],
  ])("%s", (setting, message) => {
    expect(refusal(setting)).toMatch(message);
  });

  it("where the notebook has no parameters at all", () => {
    expect(() => parseSettings(["a=1"], [])).toThrow('no parameter "a"');
  });
});
