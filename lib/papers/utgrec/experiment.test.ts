import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { specOf } from "../../experiment/experiment";
import { planRuns } from "../../experiment/plan";
import { RunStore, type StoredRun } from "../../experiment/store";
import { rankingMetrics } from "../../recsys";
import { tf } from "../../tensor";
import { claimRuns, testClaims } from "./claims";
import { type UtgRecConfig, utgRecConfig } from "./config";
import { experiment } from "./experiment";
import { type Ledger, makeLedger, variantNames } from "./ledger";
import { disposeTokenizer } from "./tokenizer";
import { readTokenizer } from "./tokenizerRuns";

type Change = Partial<UtgRecConfig>;
/** Flat books divide the leaf codes among them, and every item must find a tuple even where all of them begin alike. */
const config = utgRecConfig("smoke");
const smoke = (overrides: Change = {}): UtgRecConfig => ({ ...config, ...overrides });

describe("a configuration counts as far as a run reads it", () => {
  const spec = (overrides: Change) => JSON.stringify(specOf(experiment, smoke(overrides), 1).config);
  const tokenizer = { part: "pretrained tokenizer" } as const;
  test.each<[Change, Change]>([
    [{ model: "SASRec" }, { rootCodes: 9, layers: 4, width: 9, testBeams: 3, adaptation: "free" }],
    [{ model: "TIGER" }, { width: 9, adaptation: "free", fineTuningLearningRate: 9, baselineEpochs: 7 }],
    [{ model: "UniSRec" }, { layers: 4, rootCodes: 9, rqvaeEpochs: 9, testBeams: 3 }],
    [tokenizer, { adaptation: "none", adaptationEpochs: 9, dimensions: 8, layers: 4, windowLength: 9 }],
    [{ part: "pretrained recommender" }, { adaptation: "none", fineTuningEpochs: 9, testBeams: 3 }],
    [{ part: "tokenizer" }, { layers: 4, recommenderPretraining: false, fineTuningEpochs: 9 }],
    [{ adaptation: "none" }, { adaptationLearningRate: 9 }],
    [{ recommenderPretraining: false }, { fineTuningLearningRate: 9 }],
    [{}, { rqvaeEpochs: 9, baselineEpochs: 7, contentDimensions: 9 }],
  ])("%o does not read %o", (base, unread) => {
    for (const [field, value] of Object.entries(unread))
      expect(spec({ ...base, [field]: value }), field).toBe(spec(base));
  });
  test.each<[Change, Change]>([
    [{ model: "SASRec" }, { baselineEpochs: 7, dimensions: 8, windowLength: 9, targetUsers: 7 }],
    [{ model: "TIGER" }, { rqvaeEpochs: 9, rootCodes: 9, layers: 4, recommenderEpochs: 9, testBeams: 3 }],
    [{ model: "MISSRec" }, { baselinePretrainingEpochs: 9, contentDimensions: 9 }],
    [tokenizer, { width: 9, leafCodes: 9, codeWeight: 9, books: "flat", factorised: false, loraRank: 0 }],
    [{ part: "tokenizer" }, { adaptation: "none", adaptationLearningRate: 9, alignmentWeight: 9 }],
    [{ part: "pretrained recommender" }, { layers: 4, recommenderEpochs: 9, coReconstructionWeight: 9 }],
    [{}, { adaptation: "none", fineTuningLearningRate: 9, recommenderPretraining: false, decoding: "legal" }],
  ])("%o reads %o", (base, read) => {
    for (const [field, value] of Object.entries(read))
      expect(spec({ ...base, [field]: value }), field).not.toBe(spec(base));
  });
});

describe("what cannot run says why", () => {
  const reason = (overrides: Change) => experiment.unable?.(smoke(overrides));
  test.each<[Change, RegExp]>([
    [{ part: "tokenizer", model: "SASRec" }, /^SASRec has no tokenizer of its own$/],
    [{ part: "pretrained recommender", model: "TIGER" }, /^TIGER has no pretrained recommender of its own$/],
    [{ tokenizerPretraining: false }, /a recommender is pre-trained on codes of the pre-trained tokenizer/],
    [{ tokenizerPretraining: false, recommenderPretraining: false }, /has no codes to keep/],
  ])("%o", (overrides, why) => expect(reason(overrides)).toMatch(why));
  test.each<Change>([
    {},
    { adaptation: "none" },
    { recommenderPretraining: false },
    { tokenizerPretraining: false, recommenderPretraining: false, adaptation: "free" },
    { part: "pretrained tokenizer" },
    { model: "LETTER" },
  ])("%o can", (overrides) => expect(reason(overrides)).toBeUndefined());
});

describe("a run builds on", () => {
  const needs = (overrides: Change) =>
    (experiment.needs?.(smoke(overrides)) ?? []).map(({ part, adaptation }) =>
      part === "tokenizer" ? `tokenizer, ${adaptation}` : part,
    );
  test.each<[Change, string[]]>([
    [{ model: "SASRec" }, []],
    [{ model: "TIGER" }, []],
    [{ part: "pretrained tokenizer" }, []],
    [{ part: "pretrained recommender" }, ["pretrained tokenizer"]],
    [{ part: "tokenizer" }, ["pretrained tokenizer"]],
    [{}, ["tokenizer, frozen codes", "pretrained recommender"]],
    [{ adaptation: "none" }, ["tokenizer, none", "pretrained recommender"]],
    [{ recommenderPretraining: false }, ["tokenizer, frozen codes"]],
    [{ tokenizerPretraining: false, recommenderPretraining: false, adaptation: "free" }, ["tokenizer, free"]],
  ])("%o: %j", (overrides, expected) => expect(needs(overrides)).toEqual(expected));

  test("what is trained on the sources once for all that have it in common", () => {
    const changes: Change[] = [
      {},
      { adaptation: "none" },
      { adaptation: "free" },
      { recommenderPretraining: false },
    ];
    const configurations = changes.map((change) => ({
      label: JSON.stringify(change),
      config: smoke(change),
    }));
    const runs = planRuns(experiment, configurations, [1, 2]);
    expect(runs).toHaveLength(2 * (1 + 1 + 3 + 4)); // tokenizer and recommender of the sources, tokenizers of the target, recommenders
    expect(runs.filter(({ needs }) => needs.length === 0)).toHaveLength(2);
  });
});

describe("every model and variant, run once", () => {
  const NAMES = [...new Set([...variantNames("models"), ...variantNames("components")])];
  let folder: string;
  let store: RunStore;
  let ledger: Ledger;
  let tensorsLeft: number;
  beforeAll(async () => {
    folder = mkdtempSync(join(os.tmpdir(), "utgrec-"));
    store = new RunStore(folder);
    const before = tf.memory().numTensors;
    ledger = await makeLedger(store, config, [1], NAMES);
    tensorsLeft = tf.memory().numTensors - before;
  }, 600_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const run = (name: string): StoredRun => ledger.runs(name)[0];
  const tokenizer = (name: string): StoredRun => ledger.tokenizers(name)[0];
  /** The tokenizer of the sources that UTGRec builds on. */
  const sourceTokenizer = (): StoredRun => {
    const { id } = planRuns(
      experiment,
      [{ label: "", config: smoke({ part: "pretrained tokenizer" }) }],
      [1],
    )[0];
    return store.read("utgrec", id)!;
  };

  test("leaves no tensor, and tests every user of the target", () => {
    expect(tensorsLeft).toBe(0);
    for (const name of NAMES) {
      const { metrics } = run(name);
      const ranks = run(name).array("ranks");
      expect(ranks, name).toHaveLength(config.targetUsers);
      expect(metrics["NDCG@10"], name).toBeCloseTo(rankingMetrics(ranks).ndcg, 12);
      expect(metrics["Recall@5"], name).toBeCloseTo(rankingMetrics(ranks, 5).recall, 12);
    }
  });

  test("all that write identifiers make as many updates on their way", () => {
    const updates = run("full").metrics["updates"];
    expect(updates).toBeGreaterThan(4);
    for (const name of [...variantNames("components"), "TIGER", "TIGER-MM", "LETTER"])
      expect(run(name).metrics["updates"], name).toBe(updates);
  });

  test("no two items of a domain are written alike, be it with 160 items in few codes", () => {
    const tuples = (codes: ArrayLike<number>, from: number, items: number) =>
      new Set(
        Array.from({ length: items }, (_, item) =>
          Array.from(codes)
            .slice(3 * (from + item), 3 * (from + item + 1))
            .join(),
        ),
      ).size;
    for (const name of variantNames("components")) {
      const codes = tokenizer(name).array("codes");
      expect(tuples(codes, 0, config.targetItems), name).toBe(config.targetItems);
    }
    const codes = sourceTokenizer().array("codes");
    expect(codes).toHaveLength(3 * config.sources * config.sourceItems);
    for (let domain = 0; domain < config.sources; domain++)
      expect(tuples(codes, domain * config.sourceItems, config.sourceItems)).toBe(config.sourceItems);
  });

  test("first tokens have the root's codes, later ones the leaf's; flat books have a range each", () => {
    for (const [name, widths] of [
      ["full", [8, 32, 32]],
      ["flat-books", [8, 16, 16]],
    ] as const) {
      const codes = tokenizer(name).array("codes");
      widths.forEach((width, position) => {
        const own = Array.from(codes).filter((_, at) => at % 3 === position);
        expect(Math.max(...own), name).toBeLessThan(width);
      });
    }
  });

  test("the adaptation moves W and the encoder; E stays bit for bit, unless all is free", () => {
    const books = (of: StoredRun) => {
      const read = readTokenizer(config, ledger.world, of);
      const values = read.books.map(({ embedding, map }) => ({
        embedding: [...embedding.dataSync()],
        map: [...map!.dataSync()],
      }));
      disposeTokenizer(read);
      return values;
    };
    const before = tf.memory().numTensors;
    const source = books(sourceTokenizer());
    expect(source.map(({ embedding }) => embedding.length)).toEqual([8 * 8, 32 * 8]);
    const [frozen, free, none] = ["full", "free-E", "no-adapt"].map((name) => books(tokenizer(name)));
    expect(none).toEqual(source);
    frozen.forEach(({ embedding, map }, book) => {
      expect(embedding).toEqual(source[book].embedding);
      expect(map).not.toEqual(source[book].map);
    });
    free.forEach(({ embedding }, book) => {
      expect(embedding).not.toEqual(source[book].embedding);
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  test("says how many codes outlive the adaptation: all of them without one, and nothing where none came before", () => {
    expect(tokenizer("no-adapt").metrics).toMatchObject({ "first codes kept": 1, "tuples kept": 1 });
    const { metrics } = tokenizer("full");
    expect(metrics["tuples kept"]).toBeLessThanOrEqual(metrics["first codes kept"]);
    expect(metrics["text from codes, nats"]).toBeGreaterThan(0);
    expect(tokenizer("all-scratch").metrics).not.toHaveProperty("first codes kept");
    expect(tokenizer("rec-scratch").id).toBe(tokenizer("full").id);
  });

  test("claims read the runs: one seed shows an effect, and decides nothing", () => {
    const verdicts = testClaims(claimRuns(ledger));
    expect(new Set(verdicts.map(({ verdict }) => verdict))).toEqual(new Set(["undecided"]));
    const effect = (claim: string) => verdicts.find((found) => found.claim === claim)?.effect?.difference;
    const ndcg = (name: string) => run(name).metrics["NDCG@10"];
    expect(effect("U2 none")).toBeCloseTo(ndcg("full") - ndcg("no-adapt"), 12);
    expect(effect("U3 tokenizer")).toBeCloseTo(ndcg("rec-scratch") - ndcg("all-scratch"), 12);
    expect(effect("U6 TIGER")).toBeUndefined(); // of a depth that has not been run
  });

  test("the same seed gives the same numbers, bit for bit", async () => {
    const told = ({ id, metrics, array }: StoredRun, name: string) => ({
      id,
      metrics,
      values: [...array(name)],
    });
    const first = [told(tokenizer("full"), "codes"), told(run("full"), "ranks")];
    for (const { id } of [tokenizer("full"), run("full")]) store.remove("utgrec", id);
    const again = await makeLedger(store, config, [1], ["full"]);
    const second = [told(again.tokenizers("full")[0], "codes"), told(again.runs("full")[0], "ranks")];
    expect(second).toEqual(first);
  }, 60_000);
});
