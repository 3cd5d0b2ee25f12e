import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tf } from "../../tensor";
import { type Candidate, candidatePairs } from "./candidates";
import { relevanceConfig } from "./config";
import { factRows } from "./factRows";
import { answerTable, clearestPair, pairFigure, pairTable, rowTable } from "./looks";
import { patchSites, preparePair } from "./patching/pair";
import { difference, judge } from "./patching/subject";
import { INSTRUCTIONS } from "./prompts/prompts";
import { type LoadedSubject, loadSubject } from "./subjects";

const rows = factRows(8, 1);
let loaded: LoadedSubject;
let candidates: readonly Candidate[];
let before: number;
beforeAll(async () => {
  loaded = await loadSubject("small");
  const config = relevanceConfig("smoke", { documentTokens: 200 });
  ({ candidates } = candidatePairs(rows, loaded.format, config, 1));
  before = tf.memory().numTensors;
});
afterAll(() => loaded.dispose());

describe("rows", () => {
  it("are shown by their beginnings", () => {
    const [first, ...others] = rowTable(rows, 2, 30);
    expect(others).toHaveLength(1);
    expect(first).toEqual({
      query: rows[0].query,
      "answers it": `${rows[0].positive.slice(0, 30)} …`,
      "near, does not": `${rows[0].hardNegatives[0].slice(0, 30)} …`,
      anything: `${rows[0].randomNegatives[0].slice(0, 30)} …`,
    });
  });
  it("that are short, or without random negatives, are shown as they are", () => {
    const [row] = rowTable([{ ...rows[0], positive: "Short.", randomNegatives: [] }]);
    expect(row).toMatchObject({ "answers it": "Short.", anything: "" });
    expect(rowTable(rows)).toHaveLength(3);
  });
});

it("a pair is shown group by group: the document in both texts, the rest once", () => {
  const { pair, triple } = candidates[2];
  const shown = pairTable(loaded, candidates[2]);
  expect(shown.map(({ positions }) => positions)).toEqual([
    "other",
    "doc_all",
    "query_all",
    "inst_all",
    "last",
  ]);
  const [other, document, query, instruction, last] = shown;
  // Together they are the whole prompt.
  expect(shown.reduce((sum, { tokens }) => sum + (tokens as number), 0)).toBe(pair.clean.length);
  const common = Math.min(triple.positive.length, triple.negative.length) - 1;
  expect((document.clean as string).trim().slice(0, common)).toBe(triple.positive.slice(0, common));
  expect((document.corrupted as string).trim().slice(0, common)).toBe(triple.negative.slice(0, common));
  expect([(query.clean as string).trim(), query.corrupted]).toEqual([triple.query, "the same"]);
  expect([(instruction.clean as string).trim(), instruction.corrupted]).toEqual([
    INSTRUCTIONS.pointwise,
    "the same",
  ]);
  expect([last.tokens, last.corrupted]).toEqual([1, "the same"]);
  expect(other.clean).toMatch(/^<\|im_start\|>user⏎Document: ⏎⏎Query: ⏎⏎<\|im_end\|>⏎/);
});

describe("answers", () => {
  it("have the probabilities and d of the judge, and likeliest tokens that sum below 1", () => {
    const { subject, format } = loaded;
    const shown = answerTable(loaded, candidates[0], 4);
    expect(shown.map(({ prompt }) => prompt)).toEqual(["clean", "corrupted"]);
    for (const row of shown) {
      const prompt = candidates[0].pair[row.prompt as "clean"];
      const [answer] = judge(subject, [prompt], { probabilities: true });
      expect([row["P(yes)"], row["P(no)"], row.d]).toEqual([answer.pYes, answer.pNo, difference(answer)]);
      expect(Math.log((row["P(yes)"] as number) / (row["P(no)"] as number))).toBeCloseTo(row.d as number, 3);
      const p = [...(row["likeliest next tokens"] as string).matchAll(/ (\d\.\d{3})(?:, |$)/g)].map(([, x]) =>
        Number(x),
      );
      expect(p).toHaveLength(4);
      expect(p).toEqual([...p].sort((a, b) => b - a));
      expect(p.reduce((sum, x) => sum + x, 0)).toBeLessThan(1);
      expect(p[0]).toBeGreaterThanOrEqual(Number((row["P(yes)"] as number).toFixed(3)));
    }
    // Of all tokens the answers' own probabilities are the judge's.
    const [whole] = answerTable(loaded, candidates[0], format.tokenizer.size);
    expect(whole["likeliest next tokens"]).toContain(`"yes" ${(whole["P(yes)"] as number).toFixed(3)}`);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe("the clearest pair", () => {
  it("is that whose clean prompt is farthest above the corrupted one", () => {
    const distances = candidates.map(({ pair }) => {
      const [clean, corrupted] = [pair.clean, pair.corrupted].map((prompt) =>
        difference(judge(loaded.subject, [prompt])[0]),
      );
      return clean - corrupted;
    });
    const best = distances.indexOf(Math.max(...distances));
    expect(best).toBeGreaterThan(0);
    expect(clearestPair(loaded, candidates)).toBe(candidates[best]);
    expect(clearestPair(loaded, candidates.slice(0, 1))).toBe(candidates[0]);
    expect(tf.memory().numTensors).toBe(before);
  });
  it("is none of none", () => {
    expect(() => clearestPair(loaded, [])).toThrow(new RangeError("There is no pair to choose from."));
  });
});

it("the figure of a pair has what patching each layer and group restores", () => {
  const { subject } = loaded;
  const candidate = clearestPair(loaded, candidates);
  const figure = pairFigure(loaded, candidate, [0, 1]);
  const { x, y, z } = figure.data[0] as unknown as { x: string[]; y: string[]; z: number[][] };
  const groups = ["doc_all", "query_all", "inst_all", "last"] as const;
  expect([x, y]).toEqual([["0", "1"], groups]);
  const prepared = preparePair(subject, candidate.pair, ["resid_post"]);
  const [clean, corrupted] = [prepared.cleanAnswer, prepared.corruptedAnswer].map(difference);
  groups.forEach((group, row) => {
    for (const layer of [0, 1]) {
      const [patched] = patchSites(subject, prepared, [{ hook: "resid_post", layer, group }]);
      expect(z[row][layer]).toBeCloseTo((difference(patched) - corrupted) / (clean - corrupted), 3);
    }
  });
  prepared.dispose();
  // Behind the last layer all of the answer is at the last token.
  expect(z.map((row) => row[1])).toEqual([0, 0, 0, 1].map((effect) => expect.closeTo(effect, 4)));
  expect(JSON.stringify(figure.layout)).toContain(candidate.triple.query);
  expect(tf.memory().numTensors).toBe(before);
});
