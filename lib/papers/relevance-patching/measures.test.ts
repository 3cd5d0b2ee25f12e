import { describe, expect, it } from "vitest";
import {
  ablatedGaps,
  configOf,
  discoveryGap,
  discoveryPairs,
  hasMaps,
  headMap,
  intactGap,
  profile,
  sizeOf,
  streamProfiles,
} from "./measures";
import { type Findings, madeRun } from "./testing";

const GROUPS = ["doc_all", "query_all", "inst_all", "last"];
const HOOKS = ["resid_post", "attn_out", "mlp_out"];

/** Three pairs of discovery, of which the gap is 4 − (−1) = 5, and two of test, of which it is 9 − (−3) = 12. */
const findings: Findings = {
  config: { layerStep: 2, draws: 2, largestList: 2 },
  size: { layers: 4, heads: 2 },
  ...{ clean: [2, 10, 4, 8, 6], corrupted: [-2, -4, -1, -2, 0] },
  ...{ discovery: [4, 0, 2], test: [1, 3] },
  // Each site has a number of its own, tens for the hook and tenths for the group; pairs have it 0, 1 and 2 times.
  stream: ({ hook, layer, group }, pair) =>
    pair * (10 * HOOKS.indexOf(hook) + layer + GROUPS.indexOf(group) / 10),
  heads: ({ layer, head, group }, pair) => (pair + 1) * (10 * layer + head! + GROUPS.indexOf(group) / 10),
};
const run = madeRun(findings);
const closeTo = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 12));

describe("the gap of the discovery pairs", () => {
  it("is of these pairs alone, in the order in which the run has them", () => {
    expect(discoveryPairs(run)).toEqual({
      clean: Float64Array.of(6, 2, 4),
      corrupted: Float64Array.of(0, -2, -1),
    });
    expect(discoveryGap(run)).toBe(5);
  });
  it("of a sample counts each pair as often as it is drawn", () => {
    expect(discoveryGap(run, [0, 0, 2])).toBeCloseTo((6 + 6 + 4) / 3 - (0 + 0 - 1) / 3, 12);
    expect(discoveryGap(run, Int32Array.of(1))).toBe(4);
  });
});

describe("a profile", () => {
  it("is the mean effect of the hook and group at the layers that were patched, over the gap", () => {
    expect([...profile(run, "attn_out", "inst_all")]).toEqual(closeTo([11.2 / 5, 13.2 / 5]));
    expect([...profile(run, "resid_post", "doc_all")]).toEqual(closeTo([1 / 5, 3 / 5]));
    expect([...profile(run, "mlp_out", "last")]).toEqual(closeTo([21.3 / 5, 23.3 / 5]));
  });
  it("of a sample has its effects over its own gap", () => {
    const [first] = profile(run, "resid_post", "query_all", [2, 2, 1]);
    const gap = (4 + 4 + 2) / 3 - (-1 - 1 - 2) / 3;
    expect(first).toBeCloseTo((((2 + 2 + 1) / 3) * 1.1) / gap, 12);
  });
  it("of the stream is that of resid_post by group", () => {
    const { layers, ...groups } = streamProfiles(run);
    expect(layers).toEqual([1, 3]);
    const of = { document: "doc_all", query: "query_all", instruction: "inst_all", last: "last" } as const;
    for (const name of ["document", "query", "instruction", "last"] as const)
      expect(groups[name], name).toEqual(profile(run, "resid_post", of[name]));
  });
});

describe("a map of heads", () => {
  /** Layer by layer, head by head: the mean of 1, 2 and 3 times the effect. */
  const effects = (group: number) => [0, 1, 10, 11, 20, 21, 30, 31].map((head) => 2 * (head + group / 10));
  it("has the group's effects over the gap", () => {
    expect([...headMap(run, "last")]).toEqual(closeTo(effects(3).map((effect) => effect / 5)));
    expect([...headMap(run, "doc_all")]).toEqual(closeTo(effects(0).map((effect) => effect / 5)));
    expect(headMap(run, "query_first")).toHaveLength(0);
  });
  it("of two groups knows which are which", () => {
    const few = madeRun({ ...findings, config: { ...findings.config, allGroups: false } });
    expect([...headMap(few, "query_all")]).toEqual(closeTo(effects(1).map((effect) => effect / 5)));
    expect(headMap(few, "inst_all")).toHaveLength(0);
  });
  it("is in logits where the gap is below 0.5", () => {
    const near = (gap: number) =>
      madeRun({ ...findings, clean: [gap, gap, gap, gap, gap], corrupted: [0, 0, 0, 0, 0] });
    expect([...headMap(near(0.49), "last")]).toEqual(closeTo(effects(3)));
    expect([...headMap(near(0), "last")]).toEqual(closeTo(effects(3)));
    expect([...headMap(near(0.5), "last")]).toEqual(closeTo(effects(3).map((effect) => effect / 0.5)));
  });
  it("turns its sign where the clean prompts are below the corrupted ones, also in logits", () => {
    const turned = (gap: number) =>
      madeRun({ ...findings, clean: [0, 0, 0, 0, 0], corrupted: [gap, gap, gap, gap, gap] });
    expect([...headMap(turned(2), "last")]).toEqual(closeTo(effects(3).map((effect) => effect / -2)));
    expect([...headMap(turned(0.2), "last")]).toEqual(closeTo(effects(3).map((effect) => -effect)));
  });
  it("of a sample has its effects over its own gap", () => {
    const [, second] = headMap(run, "doc_all", [0, 0, 0]);
    expect(second).toBeCloseTo(1 / 6, 12);
  });
});

describe("gaps of ablated heads", () => {
  const ablated = madeRun({
    ...findings,
    ablated: (mode, list, k, pair, draw) =>
      (mode === "knockOut" ? 1 : 100) * (k + 10 * pair) + (list === "random" ? draw : 0.5),
  });
  it("are means over the test pairs by number of heads", () => {
    expect(ablatedGaps(ablated, "knockOut", "found")).toEqual([1 + 5 + 0.5, 2 + 5 + 0.5]);
    expect(ablatedGaps(ablated, "keepOnly", "weakest")).toEqual([600.5, 700.5]);
  });
  it("of random lists are means over the draws as well", () => {
    expect(ablatedGaps(ablated, "knockOut", "random")).toEqual([1 + 5 + 0.5, 2 + 5 + 0.5]);
    expect(ablatedGaps(ablated, "knockOut", "random", [1])).toEqual([11.5, 12.5]);
  });
  it("of a sample count each pair as often as it is drawn", () => {
    expect(ablatedGaps(ablated, "knockOut", "found", [1, 1])).toEqual([11.5, 12.5]);
  });
  it("are beside that of the intact model", () => expect(intactGap(run)).toBe(9 - -3));
});

it("a run has maps where both halves have pairs", () => {
  expect(hasMaps(run)).toBe(true);
  expect(hasMaps(madeRun({ ...findings, test: [] }))).toBe(false);
  expect(hasMaps(madeRun({ ...findings, discovery: [], test: [] }))).toBe(false);
  expect(hasMaps({ ...run, metrics: {} })).toBe(false);
});

it("tells its configuration and the size of its model", () => {
  expect(configOf(run)).toMatchObject({ layerStep: 2, study: "judgement" });
  expect(sizeOf(run)).toEqual({ layers: 4, heads: 2 });
});
