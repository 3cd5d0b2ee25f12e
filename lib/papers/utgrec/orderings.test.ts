import { describe, expect, it } from "vitest";
import { RunStore } from "../../experiment/store";
import { utgRecConfig } from "./config";
import { makeLedger } from "./ledger";

/** Runs that are not in the store yet take a quarter of an hour: with REPRISE_SLOW set only. */
const isAsked = process.env["REPRISE_SLOW"] !== undefined;
const SEEDS = [1, 2, 3];
/** In NDCG@10. */
const MARGIN = 0.005;

describe.runIf(isAsked)("end to end, at the cpu preset, means of three seeds", () => {
  it("an adapted tokenizer beats one as it is (U2), and a pre-trained recommender one from scratch (U3)", {
    timeout: 3_600_000,
  }, async () => {
    const names = ["full", "no-adapt", "rec-scratch"];
    const ledger = await makeLedger(new RunStore(), utgRecConfig("cpu"), SEEDS, names);
    const [full, unadapted, scratch] = names.map((name) => {
      const runs = ledger.runs(name);
      expect(runs, name).toHaveLength(SEEDS.length);
      return runs.reduce((sum, { metrics }) => sum + metrics["NDCG@10"] / runs.length, 0);
    });
    expect(full - unadapted).toBeGreaterThan(MARGIN);
    expect(full - scratch).toBeGreaterThan(MARGIN);
  });
});
