import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mean, standardDeviation } from "../../experiment/statistics";
import { RunStore } from "../../experiment/store";
import { mtgRecConfig } from "./config";
import { type Ledger, makeLedger } from "./ledger";

/** Small enough for a test: a third of the users, a third of the catalogue preset's updates. */
const config = mtgRecConfig("cpu", {
  simulatedUsers: 250,
  tokenizerEpochs: 300,
  tokenizerRestart: 100,
  records: 30,
  tokenizers: 3,
  snapshots: 3,
  batchSize: 64,
  stages: [10, 6],
  fineTuningEpochs: 4,
  validateEvery: 4,
});
const seeds = [1, 2, 3];
let folder: string;
let ledger: Ledger;

beforeAll(async () => {
  folder = mkdtempSync(join(os.tmpdir(), "mtgrec-orderings-"));
  ledger = await makeLedger(new RunStore(folder), config, seeds, ["full", "single", "unrelated"]);
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("on the planted catalogue", () => {
  const values = (name: string) => ledger.runs(name).map(({ metrics }) => metrics["NDCG@10"]);

  it("every one of three seeds ranks far better by one tokenizer than by unrelated ones (C3)", () => {
    values("single").forEach((single, seed) => {
      expect(single).toBeGreaterThan(1.2 * values("unrelated")[seed]);
    });
  });

  it("relatives are no unrelated tokenizers: MTGRec keeps up with its control (C1, to within a quarter)", () => {
    expect(mean(values("full"))).toBeGreaterThan(0.75 * mean(values("single")));
    expect(mean(values("full"))).toBeGreaterThan(
      mean(values("unrelated")) + standardDeviation(values("unrelated")),
    );
  });
});
