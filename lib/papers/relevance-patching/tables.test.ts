import { describe, expect, it } from "vitest";
import {
  ablationTable,
  agreementTable,
  circuitTable,
  headTable,
  judgementTable,
  judging,
  mapped,
  probeTable,
  sparsityTable,
  stageTable,
} from "./tables";
import { type Findings, ledgerOf, madeRun } from "./testing";

const close = (value: number) => expect.closeTo(value, 10);

/** Two layers of two heads; the gap of the discovery is 2, of the test 8. */
const FINDINGS: Findings = {
  config: { allGroups: false, largestList: 2, draws: 2 },
  ...{ clean: [1, 3, 8], corrupted: [0, 0, 0], discovery: [0, 1], test: [2] },
  stream: ({ hook, layer, group }, pair) =>
    hook !== "resid_post"
      ? 50
      : ({ doc_all: [4, 0], inst_all: [0, 1], last: [0, 2] }[group as "last"]?.[layer] ?? (pair ? 1 : -1)),
  // At the last token 0.0 has 4, 0.1 has 2, 1.0 has −2 and 1.1 nothing; at the query all have 1.
  heads: ({ layer, head, group }, pair) => (group === "last" ? [4, 2, -2, 0][2 * layer + head!] : 2 * pair),
  ablated: (mode, list, k, _, draw) => (mode === "knockOut" ? 8 - k : k) + (list === "random" ? 2 * draw : 0),
  metrics: { pairs: 3, AUC: 0.75, "order accuracy": 1, gap: 4 },
  arrays: {
    negatives: Int32Array.of(0, 0, 0),
    direct: Float64Array.of(1, 3, -1, 0.5),
    attributed: Float64Array.from([9, -1, 9, 1, 9, 2, 9, 3].flatMap((effect) => [effect, effect])),
    "probe AUC": Float64Array.of(0.5, 0.6, 0.7, 0.8, 0.9, 0.55, 0.7, 0.4),
    "probe AUC, shuffled": Float64Array.of(0.1, 0.2, 0.3, 0.4, 0.45, 0.46, 0.47, 0.48),
  },
};
const run = (findings: Partial<Findings> = {}) => madeRun({ ...FINDINGS, ...findings });
const trained = (seed: number) =>
  madeRun({
    ...{ seed, clean: [], corrupted: [], discovery: [], test: [] },
    metrics: {
      accuracy: 0.99,
      recovered: 0.9 + seed / 100,
      "recovered, wrong": 0.2,
      "recovered, empty": 0,
      "recovered, identity": 1,
      "swaps kept": 0.97,
      "swaps flipped": 0.96,
    },
  });

const one = ledgerOf({ DQI: [run()] });
const poor = { discovery: [0], test: [] };

describe("the variants of tables", () => {
  const ledger = ledgerOf({ DQI: [run()], nq: [run()], pairwise: [run(), run(poor)], trained: [trained(1)] });
  it("that judge are there once each, in the order of the ablations", () => {
    expect(judging(ledger)).toEqual(["DQI", "pairwise", "nq"]);
  });
  it("that have maps have them in every seed", () => expect(mapped(ledger)).toEqual(["DQI", "nq"]));
});

describe("judgements", () => {
  it("are a row a format, with the pairs of both halves told apart", () => {
    const other = run({ metrics: { ...FINDINGS.metrics, AUC: 0.85 } });
    const rows = judgementTable(ledgerOf({ DQI: [run(), other], pairwise: [run(poor)] }));
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatchObject({
      ...{ format: "document, query, instruction", pairs: 3 },
      ...{ AUC: { mean: close(0.8), std: close(0.1 / Math.SQRT2) }, "order accuracy": { mean: 1, std: 0 } },
      ...{ "gap, logits": { mean: 4, std: 0 }, "told apart": 3 },
    });
    expect(rows[1]).toMatchObject({ format: "two documents", AUC: 0.75, "gap, logits": 4, "told apart": 1 });
    expect(judgementTable(ledgerOf({}))).toEqual([]);
    expect(judgementTable(ledgerOf({ DQI: [run(), run(poor)] }))[0]["told apart"]).toBe("1 to 3");
  });
  it("have the AUC of each kind of negatives, where there are any of them", () => {
    const both = run({
      ...{ clean: [1, 3, 8, 2], corrupted: [0, 2, 9, 1] },
      arrays: { negatives: Int32Array.of(0, 0, 1, 1) },
    });
    const [row] = judgementTable(ledgerOf({ DQI: [both] }));
    // Of hard ones 1 is above 0, 3 above both; of random ones 8 and 2 are above 1.
    expect([row["AUC, hard"], row["AUC, random"]]).toEqual([0.75, 0.5]);
    const [hard] = judgementTable(one);
    expect([hard["AUC, hard"], hard["AUC, random"]]).toEqual([1, ""]);
  });
});

describe("stages", () => {
  it("are layers, between those patched interpolated", () => {
    // The document goes from 2 to 0 and passes 0.5 behind three quarters, the last token from 0 to 1.
    expect(stageTable(one)).toEqual([
      {
        ...{ format: "document, query, instruction", "gap, logits": 2, "document below 0.5": close(0.75) },
        ...{ "instruction's peak": 1, "its effect": 0.5, "last token above 0.5": close(0.5) },
      },
    ]);
  });
  it("that a seed does not have are no number", () => {
    const never = run({ stream: ({ hook }) => (hook === "resid_post" ? 0 : 2) });
    const [row] = stageTable(ledgerOf({ DQI: [run(), never] }));
    expect(row).toMatchObject({
      "document below 0.5": "in no seed, or not in all",
      "last token above 0.5": "in no seed, or not in all",
      "its effect": { mean: 0.25 },
    });
  });
});

it("sparsity: a row a group that was patched", () => {
  // Of 2, 1, −1 and 0 the greatest is two thirds of what is positive; of four equal ones a quarter.
  const [query, last, ...rest] = sparsityTable(one);
  expect(rest).toEqual([]);
  expect(query).toEqual({
    ...{ positions: "query_all", "share of the top 5% of heads": close(0.25), Gini: close(0) },
    ...{ "greatest IE_norm": 0.5, "least IE_norm": 0.5 },
  });
  expect(last).toEqual({
    ...{
      positions: "last",
      "share of the top 5% of heads": close(2 / 3),
      Gini: close((2 * (3 * 1 + 4 * 2)) / (4 * 3) - 5 / 4),
    },
    ...{ "greatest IE_norm": 2, "least IE_norm": -1 },
  });
});

describe("heads", () => {
  it("are the greatest effects first, beside what they add directly at the last token", () => {
    expect(headTable(one, 4)).toEqual([
      { head: "0.0", positions: "last", IE_norm: 2, "direct, of the gap": 0.5 },
      { head: "0.1", positions: "last", IE_norm: 1, "direct, of the gap": 1.5 },
      { head: "0.0", positions: "query_all", IE_norm: 0.5, "direct, of the gap": "" },
      { head: "0.1", positions: "query_all", IE_norm: 0.5, "direct, of the gap": "" },
    ]);
    expect(headTable(one)).toHaveLength(8);
  });
  it("are ranked by the mean over the seeds", () => {
    const other = run({
      heads: ({ layer, head, group }) => (group === "last" && layer === 1 && head === 1 ? 20 : 0),
    });
    const [first, second] = headTable(ledgerOf({ DQI: [run(), other] }));
    expect(first).toMatchObject({ head: "1.1", IE_norm: { mean: 5, std: close(10 / Math.SQRT2) } });
    expect(first["direct, of the gap"]).toEqual({ mean: 0.25, std: 0 });
    expect(second).toMatchObject({ head: "0.0", IE_norm: { mean: 1 } });
  });
});

it("ablation: the share of the intact gap that is left, by list and number of heads", () => {
  const rows = ablationTable(one);
  expect(rows.map((row) => row.list)).toEqual(
    ["knocked out", "kept alone"].flatMap((mode) =>
      ["found", "random", "weakest", "attention"].map((list) => `${list}, ${mode}`),
    ),
  );
  expect(Object.values(rows[0]).slice(1)).toEqual([7 / 8, 6 / 8]);
  expect(Object.values(rows[1]).slice(1)).toEqual([8 / 8, 7 / 8]); // the mean of two draws
  expect(Object.values(rows[4]).slice(1)).toEqual([1 / 8, 2 / 8]);
  expect(Object.values(rows[5]).slice(1)).toEqual([2 / 8, 3 / 8]);
  expect(
    Object.keys(rows[0])
      .slice(1)
      .map((name) => Number.parseInt(name, 10)),
  ).toEqual([1, 2]);
});

describe("agreement", () => {
  const cells = (rows: ReturnType<typeof agreementTable>) => rows.map((row) => Object.values(row));
  it("is of heads at the last token, with other formats and with cheaper estimates", () => {
    const turned = run({ heads: ({ layer, head }) => -[4, 2, -2, 0][2 * layer + head!] });
    // Ranks 4, 3, 1, 2 beside 1, 2, 3, 4 of the attributed and 3, 4, 1, 2 of the direct effects.
    expect(cells(agreementTable(ledgerOf({ DQI: [run()], QDI: [turned], reversed: [run()] })))).toEqual([
      ["query, document, instruction", close(-1)],
      ["yes means no", close(1)],
      ["attribution patching, one backward pass", close(1 - (6 * (9 + 1 + 4 + 4)) / (4 * 15))],
      ["direct logit attribution", close(1 - (6 * (1 + 1)) / (4 * 15))],
    ]);
  });
  it("has what the seeds of a format agree by", () => {
    const turned = run({ heads: ({ layer, head }) => -[4, 2, -2, 0][2 * layer + head!] });
    const rows = cells(agreementTable(ledgerOf({ DQI: [run(), run(), turned] })));
    // ρ is 1, −1, −1
    expect(rows[0]).toEqual([
      "document, query, instruction: its seeds, two by two",
      { mean: close(-1 / 3), std: close(2 / Math.sqrt(3)) },
    ]);
  });
  it("leaves out formats that lack seeds or pairs", () => {
    const ledger = ledgerOf({ DQI: [run(), run()], QDI: [run()], IDQ: [run(), run(poor)] });
    expect(cells(agreementTable(ledger)).map(([what]) => what)).toEqual([
      "document, query, instruction: its seeds, two by two",
      ...["attribution patching, one backward pass", "direct logit attribution"],
    ]);
  });
});

it("probes: the best layer of each position, and shuffled labels in that layer", () => {
  const probed = run({ config: { ...FINDINGS.config, probedPairs: 3 } });
  expect(probeTable(ledgerOf({ DQI: [probed] }))).toEqual([
    { position: "doc_last", "best AUC": 0.9, "in layer": 1, "of shuffled labels there": 0.45 },
    { position: "query_last", "best AUC": 0.6, "in layer": 0, "of shuffled labels there": 0.2 },
    { position: "inst_last", "best AUC": 0.7, "in layer": 0, "of shuffled labels there": 0.3 },
    { position: "last", "best AUC": 0.8, "in layer": 0, "of shuffled labels there": 0.4 },
  ]);
  expect(probeTable(ledgerOf({ DQI: [run({ config: { probedPairs: 0 } })] }))).toEqual([]);
});

it("the small transformer: a row a seed", () => {
  expect(circuitTable(ledgerOf({ trained: [trained(1), trained(2)] }))).toEqual(
    [1, 2].map((seed) => ({
      ...{ seed, "accuracy on unseen combinations": 0.99, "recovered by the hypothesis": 0.9 + seed / 100 },
      ...{ "by a wrong one": 0.2, "by the identity": 1, "by none": 0 },
      ...{ "swaps of equal r keep the answer": 0.97, "of unequal r flip it": 0.96 },
    })),
  );
});

it("without maps there is nothing to show of maps", () => {
  const ledger = ledgerOf({ DQI: [run(poor)] });
  for (const table of [stageTable, sparsityTable, headTable, ablationTable, agreementTable])
    expect(table(ledger), table.name).toEqual([]);
  expect(judgementTable(ledger)).toHaveLength(1);
});
