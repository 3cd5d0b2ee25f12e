import { expect, it } from "vitest";
import { countdown } from "./progress";

it("tells how many are done, and how long the others will take at this pace", () => {
  const told: string[] = [];
  let now = 1_000;
  const status = { set: (text: string) => told.push(text), print() {}, stop() {} };
  const tell = countdown(status, 4, "completions", () => now);
  now += 10_000;
  tell();
  now += 50_000;
  tell("1 foretold");
  expect(told).toEqual([
    "0 of 4 completions",
    "1 of 4 completions, 0:30 left",
    "2 of 4 completions, 1 foretold, 1:00 left",
  ]);
});
