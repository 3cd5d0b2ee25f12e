import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findManifest } from "../../../data/manifest";
import { dataFolders } from "../../../data/store";
import { withTemporaryFolder } from "../../../data/testing";
import { madeUpSet } from "../testing";
import { languagePairs } from "./languagePairs";
import { checkOfficial, datasetOf, FIELD_COUNTS, loadOfficial } from "./officialFiles";
import { FIELDS, type Problem, type ProblemSet, SET_NAMES, TIERS } from "./problem";

describe("official files", () => {
  it("have 100 rows each", () => {
    for (const tier of TIERS) expect(Object.values(FIELD_COUNTS[tier]).reduce((a, b) => a + b)).toBe(100);
  });

  it("are looked for in the given folder and in the cache, and checked by their manifests", async () => {
    await withTemporaryFolder(async (folder) => {
      const folders = { given: join(folder, "given"), cache: join(folder, "cache") };
      await expect(loadOfficial("EN-HARD", folders)).rejects.toThrow(
        /"olymmath-en-hard" is not on this machine \(looked in .+given.+ and .+cache.+\)\. Run "npx reprise data fetch olymmath-en-hard"/,
      );
      mkdirSync(join(folders.cache, "olymmath"), { recursive: true });
      const path = join(folders.cache, "olymmath", "OlymMATH-EN-HARD.jsonl");
      writeFileSync(path, "{}\n");
      await expect(loadOfficial("EN-HARD", folders)).rejects.toThrow(/cut short: 3 bytes, expected 39284/);
      writeFileSync(path, "x".repeat(39_284));
      await expect(loadOfficial("EN-HARD", folders)).rejects.toThrow(/The SHA-256 is .+, expected f43b48f5/);
    });
  });

  it("have a manifest each, whose source is one version of the authors' repository", () => {
    for (const name of SET_NAMES) {
      const { sources } = findManifest(datasetOf(name));
      expect(sources).toHaveLength(1);
      expect(JSON.stringify(sources)).toMatch(/RUCAIBox\/OlymMATH\/[0-9a-f]{40}\/data\//);
    }
  });

  it("are refused with other counts, of another set, or made up", () => {
    const set = (change: Partial<ProblemSet> = {}): ProblemSet => ({
      ...madeUpSet("EN", 100, "HARD"),
      synthetic: false,
      ...change,
    });
    expect(() => checkOfficial(set(), "EN-HARD", "f")).not.toThrow(); // 25 of each field
    expect(() => checkOfficial(set(), "EN-EASY", "f")).toThrow(
      'f, field "unique_id": The rows are of EN-HARD.',
    );
    expect(() => checkOfficial(set({ synthetic: true }), "EN-HARD", "f")).toThrow(
      "The rows are of made-up problems.",
    );
    const fewer = set().problems.slice(1);
    expect(() => checkOfficial(set({ problems: fewer }), "EN-HARD", "f")).toThrow(
      'f, field "subject": There are 24 rows of Algebra, expected 25.',
    );
  });

  it.runIf(dataFolders().given !== undefined)("are what they should be", async () => {
    const sets = await Promise.all(SET_NAMES.map((name) => loadOfficial(name)));
    const meanLength = (problems: readonly Problem[]) =>
      Math.round(problems.reduce((sum, { text }) => sum + text.length, 0) / problems.length);
    for (const set of sets) {
      const { layouts } = findManifest(datasetOf(set.name));
      expect(set.sha256).toBe(layouts["jsonl"].files[0].sha256);
      expect(set.problems).toHaveLength(100);
      expect(set.problems.every(({ trap }) => trap === undefined)).toBe(true);
    }
    expect(sets.map(({ problems }) => meanLength(problems))).toEqual([246, 285, 130, 156]);
    for (const [en, zh] of [
      [sets[0], sets[2]],
      [sets[1], sets[3]],
    ])
      expect(languagePairs(en, zh)).toHaveLength(100);
  });
});

describe("languagePairs", () => {
  const [en, zh] = [madeUpSet("EN", 4), madeUpSet("ZH", 4)];
  const changed = (change: Partial<Problem>): ProblemSet => ({
    ...zh,
    problems: zh.problems.map((problem) => (problem.index === 2 ? { ...problem, ...change } : problem)),
  });

  it("joins by number", () => {
    const pairs = languagePairs(en, zh);
    expect(pairs.map((pair) => [pair.en.id, pair.zh.id])[3]).toEqual(["SYNTH-EASY-3-EN", "SYNTH-EASY-3-ZH"]);
    expect(pairs.map((pair) => pair.en.field)).toEqual(FIELDS);
  });

  it("refuses what is no pair", () => {
    expect(() => languagePairs(en, changed({ answer: "9" }))).toThrow(
      'EN-EASY and ZH-EASY, field "answer": Number 2 has "12" in English and "9" in Chinese.',
    );
    expect(() => languagePairs(en, changed({ field: "Algebra" }))).toThrow(
      /field "subject": Number 2 has "Number Theory"/,
    );
    expect(() => languagePairs(en, madeUpSet("ZH", 3))).toThrow("There are 4 and 3 rows.");
    expect(() => languagePairs(en, madeUpSet("ZH", 4, "HARD"))).toThrow("no tier in English and Chinese");
    expect(() => languagePairs(en, en)).toThrow("no tier in English and Chinese");
    expect(() => languagePairs(zh, en)).toThrow("no tier in English and Chinese");
  });
});
