import { describe, expect, it } from "vitest";
import { experiment } from "../experiment/testing/toy";
import { findAblation, parseJobs, parseMemory, parseSeeds, variantConfigs } from "./experiments";

describe("options", () => {
  it.each([
    ["1,2,3", [1, 2, 3]],
    ["2-4", [2, 3, 4]],
    ["7", [7]],
    ["1,1,2", [1, 2]],
  ])("--seeds %s", (text, seeds) => expect(parseSeeds(text)).toEqual(seeds));
  it.each(["", "a", "1,,2", "4-2", "1.5"])("--seeds %j is refused", (text) =>
    expect(() => parseSeeds(text)).toThrow(/no list of seeds/),
  );
  it.each([
    ["4G", 4 * 2 ** 30],
    ["1.5GiB", 1.5 * 2 ** 30],
    ["800m", 800 * 2 ** 20],
  ])("--memory %s", (text, bytes) => expect(parseMemory(text)).toBe(bytes));
  it.each(["4", "G", "-1G"])("--memory %j is refused", (text) =>
    expect(() => parseMemory(text)).toThrow(/no amount of memory/),
  );
  it("--jobs", () => {
    expect(parseJobs("2")).toBe(2);
    for (const text of ["0", "-1", "two", "1.5"]) expect(() => parseJobs(text)).toThrow(/no number of jobs/);
  });
});

describe("ablations", () => {
  it("are found by name, the only one without, and the nearest is named", () => {
    expect(findAblation(experiment, "rates")[0]).toBe("rates");
    expect(findAblation(experiment, undefined)[0]).toBe("rates");
    expect(() => findAblation(experiment, "rate")).toThrow(/no ablation "rate"/);
    const two = {
      ...experiment,
      ablations: { ...experiment.ablations, other: experiment.ablations["rates"] },
    };
    expect(() => findAblation(two, undefined)).toThrow(/say which ablation/);
  });
  it("take settings on top of each variant, typed by the schema", () => {
    const variants = variantConfigs(experiment, experiment.ablations["rates"], "smoke", ["epochs=9"]);
    expect(variants.map(({ label }) => label)).toEqual(["slope 3.5", "slope 3.6", "slope 3.7", "slope 3.8"]);
    expect(variants[1].config).toMatchObject({ rate: 3.6, epochs: 9 });
    expect(() => variantConfigs(experiment, experiment.ablations["rates"], "smoke", ["epoch=9"])).toThrow(
      /did you mean epochs/,
    );
    expect(() => variantConfigs(experiment, experiment.ablations["rates"], "smoke", ["rate=3"])).toThrow(
      '"Slopes" compares values of rate: leave it out.',
    );
  });
});
