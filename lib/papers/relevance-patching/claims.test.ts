import { beforeAll, describe, expect, it } from "vitest";
import type { ClaimVerdict } from "../../experiment/claims";
import type { StoredRun } from "../../experiment/store";
import { testClaims } from "./claims";
import { type Findings, ledgerOf, madeRun } from "./testing";

const CLAIMS = [
  ...["C1 order", "C1 instruction", "C2 attention", "C2 MLPs", "C3", "C4 knock-out", "C4 keep-only"],
  ...["C5 pairwise", "C5 order", "C5 data", "C6"],
];
const SEEDS = [1, 2, 3];
const NAMES = ["DQI", "QDI", "pairwise", "nq", "reversed"];
const all = (verdict: string) => Object.fromEntries(CLAIMS.map((claim) => [claim, verdict]));
const verdicts = (found: readonly ClaimVerdict[]) =>
  Object.fromEntries(found.map(({ claim, verdict }) => [claim, verdict]));

/** Six layers of two heads, four pairs of either half, the gap 10 logits in each: effects are tenths of logits. */
const SIZE = { layers: 6, heads: 2 };
const PAIRS = {
  ...{ clean: [7, 8, 9, 10, 7, 8, 9, 10], corrupted: [-3, -2, -1, 0, -3, -2, -1, 0] },
  ...{ discovery: [0, 1, 2, 3], test: [4, 5, 6, 7] },
};
const GAP = 10;

/** IE_norm of the stream where the paper is right: content, instruction, answer; and where it is the other way round. */
function streamEffect(right: boolean): NonNullable<Findings["stream"]> {
  const content = (layer: number) => Number(layer < (right ? 2 : 5));
  const effect: Record<string, Record<string, (layer: number) => number>> = {
    resid_post: {
      ...{ doc_all: content, query_all: content },
      inst_all: (layer) => (layer === (right ? 2 : 0) ? 0.3 : 0.1),
      last: (layer) => Number(layer > (right ? 3 : 0)),
    },
    attn_out: { last: (layer) => Number(layer === (right ? 5 : 1)) },
    mlp_out: { [right ? "doc_all" : "inst_all"]: (layer) => (layer < 2 ? 0.4 : 9), last: () => 0.1 },
  };
  return ({ hook, layer, group }) => GAP * (effect[hook][group]?.(layer) ?? 0);
}

/** At the last token effects grow with the head's number, and one head has most: or all have nearly the same. */
function headEffect(name: string, right: boolean): NonNullable<Findings["heads"]> {
  return ({ layer, head, group }) => {
    const index = 2 * layer + head!;
    const late = layer >= 4;
    const turned = name === "reversed" ? late === right : name !== "DQI" && !right;
    if (group !== "last") return 100;
    const value = right ? (index === 11 ? 1 : 0.001 * index) : 1 + 0.001 * index;
    return GAP * (turned ? -value : value);
  };
}

/** Gaps of the heads that claims are judged at, and other ones at other numbers of heads. */
function ablatedGap(right: boolean): NonNullable<Findings["ablated"]> {
  return (mode, list, k, pair, draw) => {
    if (k !== 10) return list === "found" ? 5 : 5 + (mode === "knockOut" ? -k : k);
    const lowered = (list === "found") === right;
    return (mode === "knockOut" ? (lowered ? 2 : 8) : lowered ? 6 : 1) + 0.1 * pair + (draw === 1 ? 0.5 : 0);
  };
}

function runOf(name: string, right: boolean, findings: Partial<Findings> = {}): StoredRun {
  return madeRun({
    config: { allGroups: true, largestList: 40, draws: 2 },
    ...{ size: SIZE, ...PAIRS, stream: streamEffect(right), heads: headEffect(name, right) },
    ablated: ablatedGap(right),
    ...findings,
  });
}
const runsOf = (right: readonly boolean[], findings: Partial<Findings> = {}) =>
  Object.fromEntries(
    NAMES.map((name) => [name, right.map((is, i) => runOf(name, is, { seed: i + 1, ...findings }))]),
  );
const judged = (runs: Readonly<Record<string, readonly StoredRun[]>>, seeds = SEEDS) =>
  testClaims(ledgerOf(runs, seeds), { resamples: 1000 });

describe("claims", () => {
  let right: readonly ClaimVerdict[];
  let wrong: readonly ClaimVerdict[];
  beforeAll(() => {
    right = judged(runsOf([true, true, true]));
    wrong = judged(runsOf([false, false, false]));
  });
  const effects = (found: readonly ClaimVerdict[]) =>
    Object.fromEntries(found.map(({ claim, effect }) => [claim, effect!.difference]));

  it("are all supported by runs that are as the paper says, all refuted by such as are not", () => {
    expect(verdicts(right)).toEqual(all("supported"));
    expect(verdicts(wrong)).toEqual(all("refuted"));
    for (const { seeds, adjustedPValue } of right) expect([seeds, adjustedPValue < 0.05]).toEqual([3, true]);
  });

  it("have the effects that can be computed by hand", () => {
    const close = (value: number) => expect.closeTo(value, 10);
    // 1 of the effects at the last token are head 11's, of the others 0 + 0.001 + … + 0.010 = 0.055.
    expect(effects(right)).toEqual({
      ...{ "C1 order": close(3.5 - 1.5), "C1 instruction": close(2 - 1.5), "C2 attention": close(0.5) },
      ...{ "C2 MLPs": close(0.8 / 1 - 0.5), C3: close(1 / 1.055 - 0.5) },
      // Of the random lists every other draw is half a logit higher.
      ...{ "C4 knock-out": close(8.25 - 2), "C4 keep-only": close(6 - 1.25) },
      ...{
        "C5 pairwise": close(1 - 0.3),
        "C5 order": close(1 - 0.3),
        "C5 data": close(1 - 0.3),
        C6: close(2),
      },
    });
    expect(effects(wrong)).toMatchObject({
      ...{
        "C1 order": close(0.5 - 4.5),
        "C1 instruction": close(0 - 4.5),
        "C2 attention": close(1 / 5 - 0.5),
      },
      ...{ "C2 MLPs": close(0 - 0.5), C3: close(1.011 / 12.066 - 0.5) },
      ...{ "C5 pairwise": close(-1 - 0.3), C6: close(-2) },
    });
  });

  it("of agreement say how well the maps agree, and how well permuted ones do", () => {
    for (const claim of ["C5 pairwise", "C5 order", "C5 data"]) {
      const [, rho, high] = right
        .find((verdict) => verdict.claim === claim)!
        .note!.match(/^ρ (-?[\d.]+); 95% of permuted maps are below (-?[\d.]+)$/)!;
      expect(Number(rho)).toBe(1);
      expect(Number(high)).toBeGreaterThan(0.3); // of twelve heads
      expect(Number(high)).toBeLessThan(0.8);
    }
  });
});

it("claims are left open where one seed says otherwise", () => {
  expect(verdicts(judged(runsOf([true, false, true])))).toEqual(all("undecided"));
});

it("claims are left open by one seed, which has effects all the same", () => {
  const found = judged(runsOf([true]), [1]);
  expect(verdicts(found)).toEqual(all("undecided"));
  for (const { claim, effect, seeds } of found)
    expect([claim, seeds, effect!.difference > 0]).toEqual([claim, 1, true]);
});

describe("what cannot be decided says why", () => {
  const noteOf = (runs: Readonly<Record<string, readonly StoredRun[]>>) =>
    Object.fromEntries(judged(runs).map(({ claim, effect, note, seeds }) => [claim, effect ? seeds : note]));
  const three = (name: string, findings: Partial<Findings> = {}) =>
    SEEDS.map((seed) => runOf(name, true, { seed, ...findings }));

  it("without any run", () => {
    const found = judged({});
    expect(found.map(({ claim }) => claim)).toEqual(CLAIMS);
    for (const { verdict, effect, seeds, note, adjustedPValue } of found)
      expect([verdict, effect, seeds, note, adjustedPValue]).toEqual([
        ...["undecided", undefined, 0, "no runs of document, query, instruction", Number.NaN],
      ]);
  });

  it("where runs of another format are missing", () => {
    const notes = noteOf({ DQI: three("DQI") });
    expect(notes["C4 keep-only"]).toBe(3);
    expect(notes["C5 pairwise"]).toBe("no runs of two documents");
    expect(notes["C5 order"]).toBe("no runs of query, document, instruction");
    expect(notes["C5 data"]).toBe("no runs of Natural Questions");
    expect(notes["C6"]).toBe("no runs of yes means no");
  });

  it("where seeds are missing: formats are compared on the seeds of both", () => {
    const runs = { DQI: three("DQI"), pairwise: three("pairwise").slice(1) };
    expect(noteOf(runs)).toMatchObject({ "C4 keep-only": 3, "C5 pairwise": 2 });
    expect(noteOf({ DQI: three("DQI").slice(1) })["C1 order"]).toBe(2);
    expect(verdicts(judged({ DQI: three("DQI").slice(1) }))).toEqual(all("undecided"));
    const apart = { DQI: three("DQI").slice(1), pairwise: three("pairwise").slice(0, 1) };
    expect(noteOf(apart)["C5 pairwise"]).toBe(
      "no seed has both: document, query, instruction; two documents",
    );
  });

  it("where a model tells too few pairs apart", () => {
    const without = [...three("QDI").slice(1), runOf("QDI", true, { seed: 1, discovery: [1], test: [] })];
    expect(noteOf({ DQI: three("DQI"), QDI: without })["C5 order"]).toBe(
      "query, document, instruction: the model tells too few pairs apart",
    );
    expect(noteOf({ DQI: without })["C3"]).toBe(
      "document, query, instruction: the model tells too few pairs apart",
    );
  });
});

describe("stages that never come", () => {
  const orderOf = (stream: NonNullable<Findings["stream"]>) => {
    const runs = [runOf("DQI", true, { stream })];
    return judged({ DQI: runs }, [1]).find(({ claim }) => claim === "C1 order")!.effect!.difference;
  };
  const only =
    (content: number, last: number): NonNullable<Findings["stream"]> =>
    ({ hook, group }) =>
      hook !== "resid_post" ? 1 : GAP * (group === "last" ? last : content);

  it("count as the end of the model: content that stays, an answer that the last token never has", () => {
    expect(orderOf(only(1, 1))).toBe(0 - 6);
    expect(orderOf(only(1, 0))).toBe(6 - 6);
  });
  it("count as its beginning where content never has the answer", () => {
    expect(orderOf(only(0, 0))).toBe(6 - 0);
    expect(orderOf(only(0, 1))).toBe(0);
  });
});
