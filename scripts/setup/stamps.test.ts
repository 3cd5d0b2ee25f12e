import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { StepRecord, writeAtomically } from "./stamps.cjs";
import { temporaryFolder } from "./testing";

it("a file is written whole and leaves nothing beside it", () => {
  const folder = temporaryFolder();
  writeAtomically(path.join(folder, "deep/file"), "one");
  writeAtomically(path.join(folder, "deep/file"), "two");
  expect(readFileSync(path.join(folder, "deep/file"), "utf8")).toBe("two");
  expect(readdirSync(path.join(folder, "deep"))).toEqual(["file"]);
});

it("a step's record knows what was finished, and what was begun and not finished", () => {
  const folder = temporaryFolder();
  const record = new StepRecord("step", path.join(folder, "made"), path.join(folder, "state"));
  expect([record.finishedWith(), record.wasInterrupted()]).toEqual([undefined, false]);
  record.begin();
  expect(record.wasInterrupted()).toBe(true);
  record.finish("print 1");
  expect([record.finishedWith(), record.wasInterrupted()]).toEqual(["print 1", false]);
  record.begin();
  // From here on, whatever happens, the old stamp vouches for nothing.
  expect(record.finishedWith()).toBeUndefined();
  expect(existsSync(record.stampFile)).toBe(false);
  record.clearMark();
  expect([record.finishedWith(), record.wasInterrupted()]).toEqual([undefined, false]);
});
