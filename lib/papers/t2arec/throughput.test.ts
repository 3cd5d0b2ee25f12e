import { expect, test } from "vitest";
import { tf } from "../../tensor";
import { t2aRecConfig } from "./config";
import { throughputTable } from "./throughput";
import { loadData } from "./training";

test("every model of table 4 beside the paper's share, and nothing is left behind", async () => {
  const config = t2aRecConfig("smoke", { simulatedUsers: 60 });
  const { data } = await loadData(config);
  const before = tf.memory().numTensors;
  const rows = throughputTable(data, config);
  expect(tf.memory().numTensors).toBe(before);
  expect(rows.map(({ model }) => model)).toEqual([
    "SASRec",
    "Mamba4Rec",
    "TiSASRec",
    "TiM4Rec",
    "TTT4Rec",
    "T2ARec",
    "T2ARec with the step",
  ]);
  const [, mamba, , , , plain, stepped] = rows;
  expect(mamba["share of Mamba4Rec"]).toBe(1);
  expect(stepped["batches a second"]).toBeLessThan(plain["batches a second"] as number);
  expect(stepped["paper's share (ML-1M)"]).toBeCloseTo(1.02 / 2.82, 12);
  expect(plain["paper's share (ML-1M)"]).toBe("");
}, 60_000);
