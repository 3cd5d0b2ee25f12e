import { cpSync, mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { planRuns } from "../../experiment/plan";
import { RunStore, type StoredRun } from "../../experiment/store";
import { rankingMetrics } from "../../recsys";
import { tf } from "../../tensor";
import { claimRuns, testClaims } from "./claims";
import { type UtgRecConfig, utgRecConfig } from "./config";
import { experiment } from "./experiment";
import { type Ledger, makeLedger, variantNames } from "./ledger";
import { storedClaims, storedReport } from "./paper";
import { readTokenizer } from "./runs/tokenizerRuns";
import { disposeTokenizer } from "./tokenizer/tokenizer";
import { ABLATIONS } from "./variants";

/** Flat books divide the leaf codes among them, and every item must find a tuple even where all of them begin alike. */
const config = utgRecConfig("smoke");
const NAMES = [
  ...new Set([...variantNames("models"), ...variantNames("components"), ...variantNames("updates")]),
];

let folder: string;
let store: RunStore;
let ledger: Ledger;
let tensorsLeft: number;
beforeAll(async () => {
  folder = mkdtempSync(join(os.tmpdir(), "utgrec-"));
  store = new RunStore(join(folder, "all"));
  const before = tf.memory().numTensors;
  ledger = await makeLedger(store, config, [1], NAMES);
  tensorsLeft = tf.memory().numTensors - before;
}, 600_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("every model and variant, run once", () => {
  const run = (name: string): StoredRun => ledger.runs(name)[0];
  const tokenizer = (name: string): StoredRun => ledger.tokenizers(name)[0];
  /** The tokenizer of the sources that UTGRec builds on. */
  const sourceTokenizer = (): StoredRun => {
    const { id } = planRuns(
      experiment,
      [{ label: "", config: { ...config, part: "pretrained tokenizer" } }],
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

  test("all that write identifiers make as many updates on the target, and from scratch as many in all where that is asked", () => {
    const updates = (name: string) => run(name).metrics["updates"];
    const fromScratch = ["rec-scratch", "all-scratch", "TIGER", "TIGER-MM", "LETTER"];
    const examples = config.targetUsers * (config.targetLength - 3); // all but the first item and two held-out ones
    const onTarget = config.fineTuningEpochs * Math.ceil(examples / config.batchSize);
    for (const name of fromScratch) expect(updates(name), name).toBe(onTarget);
    expect(updates("full")).toBeGreaterThan(onTarget);
    for (const name of [...variantNames("components"), "rec-scratch-all"])
      if (!fromScratch.includes(name)) expect(updates(name), name).toBe(updates("full"));
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

describe("of the runs of one ablation", () => {
  let main: RunStore;
  beforeAll(() => {
    main = new RunStore(join(folder, "main"));
    const variants = ABLATIONS.main.variants.map(({ label, change }) => ({
      label,
      config: { ...config, ...change },
    }));
    for (const { id } of planRuns<UtgRecConfig>(experiment, variants, [1])) {
      const run = store.read("utgrec", id)!;
      cpSync(run.folder, join(main.folder, relative(store.folder, run.folder)), { recursive: true });
    }
  });

  test("claims are judged on the runs of the settings, and on none of others", async () => {
    const verdicts = await storedClaims(main, "smoke", [], [1]);
    expect(verdicts).toHaveLength(13);
    const of = (claim: string) => verdicts.find((verdict) => verdict.claim === claim)!;
    expect(of("U2 free")).toMatchObject({ verdict: "undecided", seeds: 1 });
    expect(of("U2 free").effect?.difference).toBeTypeOf("number");
    expect(of("U4 tree").note).toBe("no runs of flat-books");
    const others = await storedClaims(main, "smoke", ["targetUsers=41"], [1]);
    expect(others.filter(({ effect }) => effect !== undefined)).toEqual([]);
    await expect(storedClaims(main, "smoke", ["rootCode=3"], [1])).rejects.toThrow(/rootCodes/);
  });

  test("the report has claims first, then the tables of complete ablations, figures and every run once", async () => {
    const { tables, figures, runs } = await storedReport(main, "smoke", [1]);
    expect(tables.map(({ title }) => title.replace(/^.*?: /, ""))).toEqual([
      "Claims (effect, in NDCG@10 unless the claim says otherwise)",
      "models (table 2)",
      "UTGRec, how it is transferred, and what it is compared with, and no more",
      "tokenizers of the target",
      "how well the next item can be foretold at all",
      "claims",
    ]);
    const [overview] = tables;
    expect(overview.rows).toHaveLength(13);
    expect(Object.keys(overview.rows[0])).toEqual(["claim", "sentence", "in the paper", "Simulated shops"]);
    expect(Object.keys(figures)).toEqual(
      ["models", "popularity", "components", "kept", "surviving", "codes"].map((name) => `sweep-${name}`),
    );
    expect(runs.map(({ name }) => name).sort()).toEqual([...variantNames("main")].sort());
    expect(new Set(runs.map(({ run }) => run.id)).size).toBe(7);
  }, 60_000);

  test("without runs there is nothing to tell", async () => {
    expect(await storedReport(main, "smoke", [9])).toMatchObject({ tables: [], figures: {}, runs: [] });
  });
});
