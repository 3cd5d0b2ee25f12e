import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { withTemporaryFolder } from "../../../data/testing";
import { costOf } from "../../../llm/chat";
import { PUBLISHED } from "../published";
import { inProcessBackend } from "../sampling/inProcess";
import { drawSamples } from "../sampling/run";
import { withSampleLog } from "../sampling/sampleLog";
import { settingsId } from "../sampling/settings";
import { ableModel, madeUpSet, TEST_SETTINGS } from "../testing";
import { evaluationReport } from "./evaluationReport";
import { reportTables } from "./markdown";
import { readResults } from "./results";
import { BY_HAND, madeResults, madeRun, REPLIES, replayResults, replaySets } from "./testing";

const QUICK = { resamples: 20 };
const bannersOf = (...of: Parameters<typeof evaluationReport>) => evaluationReport(...of).banners;

describe("banners", () => {
  it("made-up problems and replies that were given before have one each", async () => {
    expect(bannersOf(await replayResults(), QUICK).map((banner) => banner.split(":")[0])).toEqual([
      "SYNTHETIC",
      "REPLAY",
    ]);
  });
  it("a stand-in has one, and whatever else must be said comes last", () => {
    const options = { ...QUICK, mocked: true, notices: ["IN-HOUSE MODEL: small"] };
    const [first, ...rest] = bannersOf(madeResults([["1"]]), options);
    expect(first).toContain("MOCK");
    expect(rest).toEqual(["IN-HOUSE MODEL: small"]);
  });
  it("a model on the benchmark has none; the problems decide, not others of the same run", () => {
    const results = madeResults([["1"]]);
    expect(bannersOf(results, QUICK)).toEqual([]);
    expect(bannersOf({ ...results, runs: [madeRun({ synthetic: true })] }, QUICK)).toEqual([]);
    expect(bannersOf(madeResults([["1"]], { synthetic: true }), QUICK)).toHaveLength(1);
  });
});

describe("what a report is of", () => {
  it("says whose samples, how drawn, when, from which file, checked by what", async () => {
    const report = evaluationReport(await replayResults(), QUICK);
    expect(report).toMatchObject({
      ...BY_HAND,
      settings: { temperature: 0.6, topP: 0.95, minP: 0, maxTokens: 100, seed: 0 },
      backends: ["replay"],
      firstSample: "2026-01-05T08:00:00.000Z",
      lastSample: "2026-01-05T08:00:40.000Z",
      checker: expect.stringMatching(/^[0-9a-f]{12}$/),
      intervals: { level: 0.95, resamples: 20, seed: 0 },
    });
    const [en, zh] = await replaySets();
    expect(report.sets.map(({ set, sha256 }) => [set, sha256])).toEqual([
      ["EN-EASY", en.sha256],
      ["ZH-EASY", zh.sha256],
    ]);
  });

  it("does not depend on the order of the sets", async () => {
    const results = await replayResults();
    const turned = { ...results, sets: [...results.sets].reverse() };
    expect(evaluationReport(turned, QUICK)).toEqual(evaluationReport(results, QUICK));
  });

  it("names files that samples were drawn for before the golds were corrected", () => {
    const [earlier, now] = ["b".repeat(64), "a".repeat(64)];
    const runs = [earlier, now, earlier].map((sha256) => madeRun({ files: { "EN-HARD": sha256 } }));
    const { sets } = evaluationReport({ ...madeResults([["1"]]), runs }, QUICK);
    expect(sets[0].earlierFiles).toEqual([earlier]);
  });

  it("leaves sets without samples out, and says so; problems without samples count nowhere", () => {
    const easy = madeResults([[], []], { name: "EN-EASY" });
    const hard = madeResults([["1", "2"], []]);
    const report = evaluationReport({ ...hard, sets: [...easy.sets, ...hard.sets] }, QUICK);
    expect(report.unsampled).toEqual(["EN-EASY"]);
    expect(report.sets.map(({ set, ref }) => [set, ref.metrics.accuracy.value])).toEqual([
      ["EN-HARD", 1 / 2],
    ]);
    expect(reportTables(report)[0].rows[0]).toMatchObject({ problems: "1 of 2", n: "2" });
  });

  it("has published scores beside those of the benchmark, never of made-up problems", () => {
    const report = evaluationReport(madeResults([["1"], ["2"]]), QUICK);
    expect(report.published!.models).toEqual(PUBLISHED);
    const table = reportTables(report).find(({ title }) => title === "Beside published scores")!;
    expect(table.rows).toHaveLength(1);
    expect(table.rows[0]).toMatchObject({ set: "EN-HARD", "QwQ-32B": "18.5", "o3-mini-high": "30.3" });
    expect(table.rows[0]["able, ref"]).toMatch(/^50\.0 \[/);
    expect(table.note).toContain("arXiv 2503.21380v1");
    const made = evaluationReport(madeResults([["1"]], { synthetic: true }), QUICK);
    expect(made.published).toBeUndefined();
    expect(reportTables(made).map(({ title }) => title)).not.toContain("Beside published scores");
  });
});

describe("languages", () => {
  it("of one language alone there is no paired table, and no share of the other", async () => {
    for (const language of ["EN", "ZH"] as const) {
      const report = evaluationReport(await replayResults([language]), QUICK);
      expect(report.languageGap).toBeUndefined();
      expect(report.unboxed.every((row) => row.language === language)).toBe(true);
      expect(report.unboxed).toHaveLength(4);
      expect(reportTables(report).map(({ title }) => title)).not.toContain("English against Chinese");
    }
  });
  it("of two tiers with one language each neither", () => {
    const [en, zh] = [madeResults([["1"]]), madeResults([["1"]], { name: "ZH-EASY" })];
    const report = evaluationReport({ ...en, sets: [...en.sets, ...zh.sets] }, QUICK);
    expect(report.languageGap).toBeUndefined();
  });
  it("rows of two versions are refused", async () => {
    const results = await replayResults();
    const [en, zh] = results.sets;
    const problems = zh.set.problems.map((problem) => ({ ...problem, answer: "0" }));
    const sets = [en, { ...zh, set: { ...zh.set, problems } }];
    expect(() => evaluationReport({ ...results, sets }, QUICK)).toThrow("one version");
    const shorter = [en, { ...zh, set: { ...zh.set, problems: zh.set.problems.slice(0, 2) } }];
    expect(() => evaluationReport({ ...results, sets: shorter }, QUICK)).not.toThrow();
  });
});

describe("costs", () => {
  it("by hand: 1,800 prompt tokens, 375 of them cached, and 1,230 of completions, 20 of them thoughts", async () => {
    const prices = { input: 1, cachedInput: 0.1, output: 4, reasoning: 8 };
    const { spending } = evaluationReport(await replayResults(), { ...QUICK, prices });
    expect(spending.lines.map(({ kind, tokens, cost }) => [kind, tokens, cost])).toEqual([
      ["input", 1_425, expect.closeTo(1_425e-6, 15)],
      ["cached input", 375, expect.closeTo(37.5e-6, 15)],
      ["output", 1_210, expect.closeTo(4_840e-6, 15)],
      ["reasoning", 20, expect.closeTo(160e-6, 15)],
    ]);
    expect(spending.cost).toBeCloseTo(6_462.5e-6, 15);
    expect(spending.booked).toBe(0);
  });

  it("add up: lines to the price table's total, to what the log has booked, failures and lost attempts included", async () => {
    const sets = [madeUpSet("EN", 3), madeUpSet("ZH", 3)];
    const prices = { input: 2, output: 10 };
    await withTemporaryFolder(async (folder) => {
      const log = join(folder, "log.jsonl");
      await withSampleLog(log, (open) =>
        drawSamples(
          { sets, samples: 2, settings: TEST_SETTINGS },
          inProcessBackend(ableModel(sets, () => ({ right: 0.5 }))),
          open,
          { prices },
        ),
      );
      const lost = { promptTokens: 7, completionTokens: 5 };
      const common = {
        ...{ kind: "sample", key: "k", problem: "SYNTH-EASY-0-EN", language: "EN", sample: 9, model: "able" },
        ...{ settingsId: settingsId(TEST_SETTINGS), seed: 0, startedAt: 0, endedAt: 1 },
        ...{ usage: { promptTokens: 0, completionTokens: 0 }, status: "failed", error: "cut" },
      };
      appendFileSync(log, `${JSON.stringify({ ...common, lost, cost: costOf(lost, prices) })}\n`);
      const of = { model: "able", settingsId: settingsId(TEST_SETTINGS) };
      const { spending, firstSample } = evaluationReport(await readResults(log, sets, of), {
        ...QUICK,
        prices,
      });
      // 12 answers of 7 and 3 tokens
      const total = { promptTokens: 12 * 7 + 7, completionTokens: 12 * 3 + 5 };
      expect(spending.sets.map(({ set, answered, failed, lost }) => [set, answered, failed, lost])).toEqual([
        ["EN-EASY", 6, 1, lost],
        ["ZH-EASY", 6, 0, { promptTokens: 0, completionTokens: 0 }],
      ]);
      const lines = spending.lines.reduce((sum, { cost }) => sum + cost!, 0);
      expect(lines).toBeCloseTo((91 * 2 + 41 * 10) / 1e6, 15);
      expect(spending.cost).toBeCloseTo(costOf(total, prices), 15);
      expect(spending.booked).toBeCloseTo(spending.cost!, 15);
      expect(Date.parse(firstSample)).toBeGreaterThan(1); // failures do not date a report
      const unpriced = evaluationReport(await readResults(log, sets, of), QUICK).spending;
      expect(unpriced.cost).toBeUndefined();
      expect(unpriced.lines.map(({ tokens }) => tokens)).toEqual([91, 0, 41, 0]);
    });
  });
});

describe("nothing to report", () => {
  it("an empty log, another model and failures alone give a clear error", async () => {
    const sets = await replaySets();
    await withTemporaryFolder(async (folder) => {
      const log = join(folder, "log.jsonl");
      writeFileSync(log, "");
      const complaint =
        "has no answer of written-by-hand with the settings cfa2be57a9a91a67 on EN-EASY, ZH-EASY.";
      const of = async (path: string, model = BY_HAND.model) =>
        evaluationReport(await readResults(path, sets, { ...BY_HAND, model }));
      await expect(of(log)).rejects.toThrow(complaint);
      await expect(of(log)).rejects.toThrow("Draw samples first");
      await expect(of(REPLIES, "nobody")).rejects.toThrow("no answer of nobody");
      await expect(of(join(folder, "none.jsonl"))).rejects.toThrow("There is no such log");
    });
    const results = madeResults([[]]);
    const [one] = results.sets;
    const failures = { ...results, sets: [{ ...one, spending: { ...one.spending, failed: 3 } }] };
    expect(() => evaluationReport(failures)).toThrow("3 samples failed.");
    expect(() => evaluationReport({ ...results, sets: [] })).toThrow("on any set");
  });
  it("two sets of one name are refused", () => {
    const results = madeResults([["1"]]);
    const sets = [...results.sets, ...madeResults([["1"]], { synthetic: true }).sets];
    expect(() => evaluationReport({ ...results, sets })).toThrow("Two of the sets have the same name");
  });
});
