import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { dataFetch, dataList, dataVerify } from "./commands";
import { RATINGS, scene } from "./testingDataset";

describe("reprise data", () => {
  it("lists, fetches and verifies", async () => {
    await scene(async ({ options }) => {
      const before = await dataList(options);
      expect(before.reports.map(({ name, state }) => `${name} ${state}`)).toEqual([
        "tiny absent",
        "simulator generated",
        "simulator-item-gaps generated",
      ]);
      expect(before.text).toContain('run "npx reprise data fetch tiny"');
      expect((await dataVerify(["tiny"], options)).ok).toBe(false);
      expect((await dataVerify([], options)).ok).toBe(true); // what nobody asked for may be absent

      expect((await dataFetch(["tiny", "simulator"], options)).reports.map(({ state }) => state)).toEqual([
        "ready",
        "generated",
      ]);
      const verified = await dataVerify([], options);
      expect(verified.ok).toBe(true);
      expect(verified.text).toContain("2 interactions of 2 users with 1 items");

      writeFileSync(join(options.folders.cache, "tiny", "u.data"), RATINGS.slice(0, -10));
      const damaged = await dataVerify(["tiny"], options);
      expect(damaged.ok).toBe(false);
      expect(damaged.text).toMatch(/damaged .*\n.*u\.data: The SHA-256 is/);
      expect((await dataList(options)).ok).toBe(false);
    });
  });

  it("names the nearest data set for an unknown one", async () => {
    await scene(async ({ options }) => {
      await expect(dataFetch(["tinny"], options)).rejects.toThrow(
        /no data set "tinny"\. Did you mean "tiny"\? Known: tiny, simulator/,
      );
      await expect(dataVerify(["qqqqqq"], options)).rejects.toThrow(/no data set "qqqqqq"\. Known/);
    });
  });
});
