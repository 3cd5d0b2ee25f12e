import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { DataError } from "../../data/error";
import { findManifest, layoutFolder } from "../../data/manifest";
import { type Candidate, candidatePairs, loadRows, splitByQuery } from "./candidates";
import { type RelevanceConfig, relevanceConfig } from "./config";
import { factRows } from "./factRows";
import { chatFormat } from "./prompts/promptFormat";
import { INSTRUCTIONS } from "./prompts/prompts";
import { chatTokenizer } from "./prompts/testing";

const format = chatFormat(chatTokenizer());
const { tokenizer } = format;
const rows = factRows(12, 1);
const pairsOf = (overrides: Partial<RelevanceConfig> = {}, seed = 1, of = rows) =>
  candidatePairs(of, format, relevanceConfig("smoke", overrides), seed);
const textOf = (ids: Int32Array) => tokenizer.decode(ids, { special: true });

describe("a pair of prompts", () => {
  it.each(["DQI", "QDI", "IDQ"] as const)(
    "of the order %s differs in the document, and in nothing else",
    (order) => {
      const { candidates, misaligned } = pairsOf({ order, documentTokens: 200 });
      expect([candidates.length, misaligned]).toEqual([24, 0]);
      for (const { pair } of candidates) {
        expect(pair.corrupted).toHaveLength(pair.clean.length);
        const [{ start, end }] = pair.ranges.documents;
        const differing = [...pair.clean.keys()].filter((at) => pair.clean[at] !== pair.corrupted[at]);
        expect(differing.length).toBeGreaterThan(0);
        expect(Math.min(...differing)).toBeGreaterThanOrEqual(start);
        expect(Math.max(...differing)).toBeLessThan(end);
      }
    },
  );

  it("of two documents has them in either order", () => {
    for (const { triple, pair } of pairsOf({ judgement: "pairwise", documentTokens: 40 }).candidates) {
      const [clean, corrupted] = [textOf(pair.clean), textOf(pair.corrupted)];
      const [a, b] = [/Document A: (.*)/, /Document B: (.*)/].map((label) => clean.match(label)![1]);
      // The longer one may have been cut to the other's length, its last token kept.
      expect([a.slice(0, 30), b.slice(0, 30)]).toEqual(
        [triple.positive, triple.negative].map((text) => text.slice(0, 30)),
      );
      expect(corrupted).toContain(`Document A: ${b}\n\nDocument B: ${a}\n\n`);
      // What is between the documents may lie a token further on in one of the prompts, what is behind them may not.
      const [first, second] = pair.ranges.documents;
      const outside = [...pair.clean.keys()].filter((at) => at < first.start || at >= second.end + 2);
      expect(outside.length).toBeGreaterThan(50);
      for (const at of outside) expect(pair.clean[at]).toBe(pair.corrupted[at]);
    }
  });

  it("has documents cut to as many tokens as are asked for", () => {
    for (const { row, negative, triple } of pairsOf({ documentTokens: 20 }).candidates) {
      const { positive, hardNegatives, randomNegatives } = rows[row];
      expect(tokenizer.encode(triple.positive)).toHaveLength(20);
      expect(positive.startsWith(triple.positive)).toBe(true);
      expect(tokenizer.encode(triple.negative)).toHaveLength(20);
      const from = negative === "hard" ? hardNegatives : randomNegatives;
      expect(from.some((text) => text.startsWith(triple.negative))).toBe(true);
    }
    for (const { row, triple } of pairsOf({ documentTokens: 1000 }).candidates)
      expect(triple.positive).toBe(rows[row].positive);
  });

  it("has no half of a character where the cut parts one", () => {
    const [row] = rows;
    const accented = { ...row, positive: `abc${"ж".repeat(40)}`, hardNegatives: ["ю".repeat(40)] };
    const [{ triple }] = pairsOf({ documentTokens: 10, negatives: "hard" }, 1, [accented]).candidates;
    expect(tokenizer.encode("жю")).toHaveLength(4); // bytes: three letters, three whole characters and a half
    expect([triple.positive, triple.negative]).toEqual(["abcжжж", "ююююю"]);
  });
});

describe("negatives", () => {
  it("are of one kind, or a pair of each kind for every query", () => {
    const kinds = (negatives: RelevanceConfig["negatives"]) =>
      pairsOf({ negatives }).candidates.map(({ row, negative }) => `${negative} ${row}`);
    const all = (kind: string) => rows.map((_, row) => `${kind} ${row}`);
    expect(kinds("hard")).toEqual(all("hard"));
    expect(kinds("random")).toEqual(all("random"));
    expect(kinds("both")).toEqual([...all("hard"), ...all("random")]);
  });

  it("are of their kind, and with their row's query", () => {
    for (const { row, negative, triple } of pairsOf({ documentTokens: 1000 }).candidates) {
      const { query, hardNegatives, randomNegatives } = rows[row];
      expect(triple.query).toBe(query);
      expect(negative === "hard" ? hardNegatives : randomNegatives).toContain(triple.negative);
    }
  });

  it("are the same for the same seed, and others for another one", () => {
    expect(pairsOf({}, 3)).toEqual(pairsOf({}, 3));
    expect(pairsOf({}, 4).candidates).not.toEqual(pairsOf({}, 3).candidates);
  });

  it("that a row does not have are an error, no pair that is left out", () => {
    const without = rows.map((row) => ({ ...row, randomNegatives: [] }));
    expect(() => pairsOf({}, 1, without)).toThrow(/^Row 1 \(.*\) has no random negatives\.$/);
  });
});

describe("the instruction", () => {
  it.each(["pointwise", "pairwise"] as const)(
    "of the %s judgement is turned round in the reversed format alone",
    (judgement) => {
      const asked = (of: RelevanceConfig["format"]) => {
        const [{ pair }] = pairsOf({ judgement, format: of }).candidates;
        const { start, end } = pair.ranges.instruction;
        return [pair.clean, pair.corrupted].map((ids) => textOf(ids.slice(start, end)).trim());
      };
      const reversed = {
        pointwise: "Does the document fail to answer the query? Only output 'yes' or 'no'.",
        pairwise: "Is document A less relevant to the query? Only output 'yes' or 'no'.",
      };
      expect(asked("plain")).toEqual([INSTRUCTIONS[judgement], INSTRUCTIONS[judgement]]);
      expect(asked("reversed")).toEqual([reversed[judgement], reversed[judgement]]);
    },
  );
});

it("pairs that cannot be laid over each other are counted, and the others keep their rows", () => {
  const broken = rows.map((row, i) => (i === 2 ? { ...row, positive: "x" } : row));
  const { candidates, misaligned } = pairsOf({}, 1, broken);
  expect(misaligned).toBe(2); // with either kind of negative
  expect(candidates.map(({ row }) => row)).toEqual(
    [...rows.keys(), ...rows.keys()].filter((row) => row !== 2),
  );
});

describe("the halves of the pairs", () => {
  const ofRows = (of: readonly number[]) => of.map((row) => ({ row })) as unknown as Candidate[];
  const candidates = ofRows([0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6]);
  const chosen = [13, 2, 0, 7, 9, 4, 11, 5, 6, 1];

  it("share no query, leave out no pair and keep their order", () => {
    for (let seed = 0; seed < 20; seed++) {
      const { discovery, test } = splitByQuery(candidates, chosen, seed);
      const queries = (half: readonly number[]) => [...new Set(half.map((index) => candidates[index].row))];
      const [ours, theirs] = [queries(discovery), queries(test)];
      expect(ours.filter((row) => theirs.includes(row))).toEqual([]);
      expect([ours.length, theirs.length]).toEqual([3, 3]); // of six queries: 0, 1, 2, 4, 5, 6
      expect(discovery).toEqual(chosen.filter((index) => ours.includes(candidates[index].row)));
      expect(test).toEqual(chosen.filter((index) => theirs.includes(candidates[index].row)));
    }
  });

  it("depend on the seed, not on the order of the pairs", () => {
    const halves = (of: readonly number[], seed: number) => {
      const { discovery } = splitByQuery(candidates, of, seed);
      return [...discovery].sort((a, b) => a - b);
    };
    expect(halves([...chosen].reverse(), 1)).toEqual(halves(chosen, 1));
    const seeds = Array.from({ length: 20 }, (_, seed) => halves(chosen, seed).join());
    expect(new Set(seeds).size).toBeGreaterThan(5);
  });

  it("of an odd number of queries: the discovery has one more; of none: none", () => {
    expect(splitByQuery(candidates, [3], 1)).toEqual({ discovery: [3], test: [] });
    expect(splitByQuery(candidates, [], 1)).toEqual({ discovery: [], test: [] });
  });
});

describe("rows", () => {
  afterEach(() => vi.unstubAllEnvs());

  it("of facts are made, the same in every run", async () => {
    expect(await loadRows({ dataset: "facts", rows: 12 })).toEqual(rows);
  });

  it.each(["msmarco", "nq"] as const)(
    "of %s are those of the authors' file, and of no other",
    async (dataset) => {
      const folder = mkdtempSync(join(os.tmpdir(), "relevance-rows-"));
      const manifest = findManifest(`llm-relevance-${dataset}`);
      const [[layout, { files }]] = Object.entries(manifest.layouts);
      mkdirSync(join(folder, layoutFolder(manifest, layout)), { recursive: true });
      for (const { name } of files) writeFileSync(join(folder, layoutFolder(manifest, layout), name), "{}\n");
      vi.stubEnv("REPRISE_DATA", folder);
      const loading = loadRows({ dataset, rows: 3 });
      await expect(loading).rejects.toThrow(DataError);
      await expect(loading).rejects.toThrow(files[0].name);
      rmSync(folder, { recursive: true });
    },
  );
});
