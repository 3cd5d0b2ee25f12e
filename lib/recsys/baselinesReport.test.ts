import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { recBoleTable } from "./baselinesReport";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(os.tmpdir(), "recbole-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("RecBole's numbers stand beside ours as they were compared", () => {
  const file = join(folder, "recbole.json");
  const trainings = (...values: number[]) => values.map((ndcg10, i) => ({ seed: i + 1, epochs: 6, ndcg10 }));
  const comparison = {
    date: "2026-01-02",
    protocol: { window: 10, batch: 512, learningRate: 0.003, epochs: 6, keep: "last" },
    users: 9,
    ours: trainings(0.05, 0.06, 0.07),
    recbole: trainings(0.05, 0.07),
    difference: 0,
    interval: [-0.01, 0.0123],
    agrees: true,
  };
  writeFileSync(file, JSON.stringify({ NARM: comparison }));
  const [{ rows }] = recBoleTable(file);
  expect(rows).toEqual([
    {
      model: "NARM",
      ours: { mean: expect.closeTo(0.06, 12), std: expect.closeTo(0.01, 12) },
      "RecBole 1.2.1": { mean: expect.closeTo(0.06, 12), std: expect.closeTo(Math.SQRT2 / 100, 12) },
      difference: 0,
      "95% interval": "-0.0100 to 0.0123",
      "seeds a side": 2,
      protocol: "window 10, batches of 512, rate 0.003, 6 epochs",
      date: "2026-01-02",
    },
  ]);
});

test("where they were not measured there is no table, and a broken file is refused", () => {
  expect(recBoleTable(join(folder, "nothing.json"))).toEqual([]);
  const file = join(folder, "broken.json");
  writeFileSync(file, JSON.stringify({ NARM: { date: "2026-01-02" } }));
  expect(() => recBoleTable(file)).toThrow(/protocol/);
});
