import { afterEach, expect, it, vi } from "vitest";
import { describeDownload, runData } from "./data";

afterEach(() => vi.restoreAllMocks());

function printed() {
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  return () => log.mock.calls.map((call) => call.join(" ")).join("\n");
}

it("`list` prints every data set with its licence, or JSON", async () => {
  const text = printed();
  expect(await runData("list", [])).toBe(0);
  expect(text()).toMatch(/ml-100k .*MovieLens 100K; licence:/);
  vi.restoreAllMocks();
  const json = printed();
  await runData("list", [], true);
  expect(JSON.parse(json())).toEqual(expect.arrayContaining([expect.objectContaining({ name: "ml-100k" })]));
});

it("an unknown data set is a plain error with the nearest name", async () => {
  await expect(runData("verify", ["ml-100"])).rejects.toMatchObject({
    name: "CommandError",
    message: expect.stringMatching(/ml-100k/),
  });
});

it("a download is told in megabytes and percent", () => {
  expect(describeDownload("Origin", 3_100_000, 4_900_000)).toBe("Origin: 3.1 of 4.9 MB, 63%");
  expect(describeDownload("Origin", 10, 0)).toBe("Origin: 0.0 of 0.0 MB");
  expect(describeDownload("Origin", 3_100_000, undefined)).toBe("Origin: 3.1 MB");
});
