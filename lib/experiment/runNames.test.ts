import { expect, test } from "vitest";
import type { JsonRecord } from "./identity";
import { runNames } from "./runNames";
import type { StoredRun } from "./store";

const run = (id: string, seed: number, config: JsonRecord) => ({ id, seed, config }) as StoredRun;
const namesOf = (...runs: StoredRun[]) => [...runNames(runs).values()];

test("names say where runs differ, and no more", () => {
  expect(
    namesOf(
      run("0123456789", 1, { model: { name: "a/b c", d: 8 }, rate: 0.1 }),
      run("abcdef0123", 2, { model: { name: "x", d: 8 }, rate: 0.1, onlyHere: true }),
    ),
  ).toEqual(["model.name=a_b_c seed=1 01234567", "model.name=x seed=2 abcdef01"]);
});

test("runs that differ in nothing but the code are told apart by their ids", () => {
  expect(namesOf(run("0123456789", 1, { d: 8 }), run("abcdef0123", 1, { d: 8 }))).toEqual([
    "seed=1 01234567",
    "seed=1 abcdef01",
  ]);
});

test("a name fits a file system", () => {
  const long = "x".repeat(400);
  for (const name of namesOf(run("0123456789", 1, { long }), run("abcdef0123", 1, { long: "short" })))
    expect(name.length).toBeLessThan(200);
});
