import { describe, expect, it } from "vitest";
import { createRandom } from "../../data/random";
import type { Figure } from "../../figures";
import { renderSvg } from "../../figures/export";
import { tf } from "../../tensor";
import { circuitPair } from "./circuit/task";
import {
  ablationFigure,
  flowFigure,
  headFigure,
  judgementFigure,
  learningFigure,
  lensFigure,
  staircaseFigure,
  streamFigure,
} from "./figures";
import { type Findings, ledgerOf, madeRun } from "./testing";

const close = (values: readonly number[]) => values.map((value) => expect.closeTo(value, 10));
const GROUPS = ["doc_all", "query_all", "inst_all", "last"];
const LABELS = ["document", "query", "instruction", "last token"];
const HOOKS = ["resid_post", "attn_out", "mlp_out"];

/** Four layers of three heads, of the stream every other one patched; the gap of the discovery is 2, of the test 8. */
const FINDINGS: Findings = {
  config: { layerStep: 2, largestList: 2, draws: 2 },
  size: { layers: 4, heads: 3 },
  ...{ clean: [1, 3, 8], corrupted: [0, 0, 0], discovery: [0, 1], test: [2] },
  stream: ({ hook, layer, group }) => 2 * (100 * HOOKS.indexOf(hook) + 10 * layer + GROUPS.indexOf(group)),
  heads: ({ layer, head, group }) => 2 * (100 * GROUPS.indexOf(group) + 10 * layer + head!),
  ablated: (mode, list, k, _, draw) => (mode === "knockOut" ? 8 - k : k) + (list === "random" ? 2 * draw : 0),
  // [layers × pairs]
  arrays: {
    "lens clean": Float64Array.of(0, 2, 1, 3, 2, 4, 3, 5),
    "lens corrupted": Float64Array.of(0, 0, -1, -1, -2, -2, -3, -3),
  },
};
const run = (findings: Partial<Findings> = {}) => madeRun({ ...FINDINGS, ...findings });
/** In every effect the second seed has 2 more, a unit of IE_norm. */
const second = run({
  heads: (site, pair) => FINDINGS.heads!(site, pair) + 2,
  stream: (site, pair) => FINDINGS.stream!(site, pair) + 2,
});
const ledger = ledgerOf({ DQI: [run()] });
const two = ledgerOf({ DQI: [run(), second] }, [1, 2]);

interface Heatmap {
  readonly x: readonly string[];
  readonly y: readonly string[];
  readonly z: readonly (readonly number[])[];
}
const heatmap = ({ data }: Figure) => data[0] as unknown as Heatmap;
interface Line {
  readonly name: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
}
/** Without bands, which are filled. */
const lines = ({ data }: Figure) =>
  (data as unknown as (Line & { readonly fill?: string })[]).filter(({ fill }) => fill === undefined);
const axes = ({ layout }: Figure) => {
  const title = (axis: unknown) => (axis as { title: { text: string } }).title.text;
  return [title(layout.xaxis), title(layout.yaxis)];
};

describe("the stream", () => {
  it("has the effect of each layer and group at its cell, of the hook that is shown", () => {
    HOOKS.forEach((hook, at) => {
      const figure = streamFigure(ledger, hook as "attn_out");
      const { x, y, z } = heatmap(figure);
      expect([x, y]).toEqual([["1", "3"], LABELS]);
      z.forEach((row, group) => {
        expect(row).toEqual(close([1, 3].map((layer) => 100 * at + 10 * layer + group)));
      });
      expect(axes(figure)).toEqual(["layer", "positions"]);
    });
  });
  it("is the mean over the seeds, and of the format that is asked for", () => {
    expect(heatmap(streamFigure(two, "attn_out")).z[3][1]).toBeCloseTo(133.5, 10);
    const other = ledgerOf({ DQI: [run()], QDI: [second] });
    expect(heatmap(streamFigure(other, "mlp_out", "QDI")).z[1][0]).toBeCloseTo(212, 10);
  });
  it("as lines has one a group, and where half of the answer is", () => {
    const figure = flowFigure(two);
    expect(lines(figure).map(({ name }) => name)).toEqual(LABELS);
    lines(figure).forEach(({ x, y }, group) => {
      expect(x).toEqual([1, 3]);
      expect(y).toEqual(close([10.5 + group, 30.5 + group]));
    });
    expect(axes(figure)).toEqual(["layer", "IE_norm"]);
    expect(JSON.stringify(figure.layout)).toContain("half of the answer");
  });
});

it("heads have their effects at layer and head", () => {
  const figure = headFigure(two, "last");
  const { x, y, z } = heatmap(figure);
  expect([x, y]).toEqual([
    ["0", "1", "2", "3"],
    ["0", "1", "2"],
  ]);
  z.forEach((row, head) => {
    expect(row).toEqual(close([0, 1, 2, 3].map((layer) => 300 + 10 * layer + head + 0.5)));
  });
  expect(axes(figure)).toEqual(["layer", "head"]);
  expect(JSON.stringify(figure.layout)).toContain("Heads at the last token");
  expect(heatmap(headFigure(ledgerOf({ QDI: [run()] }), "query_all", "QDI")).z[2][1]).toBeCloseTo(112, 10);
});

it("ablation has the share of the intact gap of each list by number of heads", () => {
  for (const [mode, shares] of [
    ["knockOut", [7 / 8, 6 / 8]],
    ["keepOnly", [1 / 8, 2 / 8]],
  ] as const) {
    const figure = ablationFigure(ledger, mode);
    expect(lines(figure).map(({ name }) => name)).toEqual(["found", "random", "weakest", "attention"]);
    lines(figure).forEach(({ name, x, y }) => {
      expect(x).toEqual([1, 2]);
      expect(y, name).toEqual(close(shares.map((share) => share + (name === "random" ? 1 / 8 : 0))));
    });
    expect(axes(figure)).toEqual(["heads", "share of the intact gap"]);
  }
});

it("ablation has intervals over pairs, of one seed too, and none where pairs are alike", () => {
  const apart = run({
    ...{ clean: [1, 3, 8, 8], corrupted: [0, 0, 0, 0], test: [2, 3] },
    ablated: (_, list, k, pair) => (list === "found" ? 8 - k - 4 * pair : 8 - k),
  });
  const figure = ablationFigure(ledgerOf({ DQI: [apart] }), "knockOut");
  // Of two pairs drawn with replacement either may come twice: shares 7/8 and 3/8 with one head.
  const bands = (figure.data as unknown as (Line & { readonly fill?: string })[]).filter(({ fill }) => fill);
  const spans = bands.map(({ y }) => [Math.min(...y), Math.max(...y)]);
  expect(spans).toEqual([close([2 / 8, 7 / 8])]);
  expect(lines(figure)[0].y).toEqual(close([5 / 8, 4 / 8]));
});

it("the lens has the mean d of either prompt by layer", () => {
  const figure = lensFigure(ledger);
  expect(lines(figure).map(({ name, x, y }) => ({ name, x, y }))).toEqual([
    { name: "answers the query", x: [0, 1, 2, 3], y: [1, 2, 3, 4] },
    { name: "does not", x: [0, 1, 2, 3], y: [0, -1, -2, -3] },
  ]);
  expect(axes(figure)).toEqual(["layer", "logit(yes) − logit(no)"]);
});

it("judgements are shares of the prompts of either kind, which sum to 1", () => {
  const figure = judgementFigure(ledger);
  const series = figure.data as unknown as Line[];
  expect(series.map(({ name }) => name)).toEqual(["answers the query", "does not"]);
  for (const { y } of series) expect(y.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 10);
  expect(series[1].y.filter((share) => share > 0)).toEqual([1]); // all at 0
  expect(axes(figure)).toEqual(["logit(yes) − logit(no)", "share of the prompts"]);
});

it("learning has a line a seed", () => {
  const learner = (seed: number) =>
    run({
      seed,
      arrays: { step: Float64Array.of(100, 200), accuracy: Float64Array.of(0.5, 0.6 + seed / 10) },
    });
  const figure = learningFigure(ledgerOf({ trained: [learner(1), learner(2)] }));
  expect(lines(figure).map(({ name, x, y }) => [name, x, y])).toEqual([
    ["seed 1", [100, 200], [0.5, 0.7]],
    ["seed 2", [100, 200], [0.5, 0.8]],
  ]);
  expect(axes(figure)).toEqual(["updates", "accuracy"]);
});

it("the staircase of the circuit built by hand goes down from entity to attribute, query and answer", () => {
  const before = tf.memory().numTensors;
  const pair = circuitPair(createRandom(5), "positive");
  const { x, y, z } = heatmap(staircaseFigure(pair));
  expect(tf.memory().numTensors).toBe(before);
  expect(x).toHaveLength(pair.clean.length);
  expect(new Set(z.flat().map((effect) => Math.round(effect * 1e4) / 1e4))).toEqual(new Set([0, 1]));
  const places = y.map((name, row) => [name, x.filter((_, at) => z[row][at] > 0.5)] as const);
  const stairs = places.map(([, at]) => at.join());
  expect(stairs[0]).toMatch(/^entity \d$/);
  expect(stairs).toContain(stairs[0].replace("entity", "attribute"));
  expect(stairs).toContain("query attribute");
  expect(stairs).toContain("answer");
});

it("all of them can be drawn", () => {
  for (const figure of [streamFigure(two, "resid_post"), flowFigure(two), ablationFigure(two, "knockOut")])
    expect(renderSvg(figure)).toContain("<svg");
});
