import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRandom } from "../../data/random";
import { Interrupted, type RunContext } from "../../experiment/experiment";
import type { RunOutput, StoredRun } from "../../experiment/store";
import { tf } from "../../tensor";
import { ablate } from "./ablation/ablate";
import { layerMatchedRandom } from "./ablation/headLists";
import { everyModule } from "./ablation/modules";
import { queryMean } from "./ablation/replacement";
import { attributionPatching } from "./analysis/attributionPatching";
import { directAttribution } from "./analysis/directAttribution";
import { logitLens } from "./analysis/logitLens";
import { probe } from "./analysis/probe";
import { collectStream, PROBE_GROUPS } from "./analysis/probeLayers";
import { type Candidate, candidatePairs, loadRows } from "./candidates";
import { type RelevanceConfig, relevanceConfig } from "./config";
import { headLists } from "./headLists";
import { judgementRun } from "./judgementRun";
import { chosenPairs } from "./judging";
import { headSitesOf, streamSitesOf } from "./maps";
import { patchSites, preparePair } from "./patching/pair";
import type { Site } from "./patching/site";
import { difference, judge } from "./patching/subject";
import { type LoadedSubject, loadSubject } from "./subjects";

const SEED = 2;
const config = relevanceConfig("smoke", { rows: 8, pairs: 5, probedPairs: 12, documentTokens: 90 });
/** The quickest run that has every part but probes. */
const quick: Partial<RelevanceConfig> = {
  rows: 4,
  pairs: 2,
  probedPairs: 0,
  draws: 1,
  largestList: 1,
  allGroups: false,
};

type Told = [number, number, string];
function contextOf(signal = new AbortController().signal, onProgress: (...told: Told) => void = () => {}) {
  return { seed: SEED, signal, log: () => {}, progress: onProgress } as unknown as RunContext;
}
const asStored = ({ metrics, arrays }: RunOutput) =>
  ({ metrics, array: (name: string) => arrays![name] }) as StoredRun;

let loaded: LoadedSubject;
let output: RunOutput;
let candidates: readonly Candidate[];
let tensorsLeft: number;
const told: Told[] = [];
beforeAll(async () => {
  loaded = await loadSubject("small");
  ({ candidates } = candidatePairs(await loadRows(config), loaded.format, config, SEED));
  const before = tf.memory().numTensors;
  output = await judgementRun(
    config,
    contextOf(undefined, (...progress) => told.push(progress)),
  );
  tensorsLeft = tf.memory().numTensors - before;
});
afterAll(() => loaded.dispose());

const array = (name: string) => output.arrays![name];
const pairsOf = (half: "discovery" | "test") => Array.from(array(half), (index) => candidates[index].pair);

describe("a run", () => {
  it("leaves no tensor, and tells how far it is, from near 0 to 100", () => {
    expect(tensorsLeft).toBe(0);
    const done = told.map(([at]) => at);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect([done[0] < 20, done[done.length - 1]]).toEqual([true, 100]);
    expect(new Set(told.map(([, total]) => total))).toEqual(new Set([100]));
    expect([...new Set(told.map(([, , note]) => note))]).toHaveLength(5);
  });

  it("has arrays of the documented shapes, and no other", () => {
    const [discovery, test] = [array("discovery").length, array("test").length];
    expect(discovery + test).toBe(5);
    const curves = ["knockOut", "keepOnly"].flatMap((mode) =>
      ["found", "weakest", "attention", "random"].flatMap((list) =>
        ["clean", "corrupted"].map((side) => [
          `${mode} ${list} ${side}`,
          2 * (list === "random" ? 2 : 1) * test,
        ]),
      ),
    );
    const lengths = Object.entries(output.arrays!).map(([name, { length }]) => [name, length]);
    expect(Object.fromEntries(lengths)).toEqual({
      ...{ clean: 16, corrupted: 16, bias: 16, mass: 16, rows: 16, negatives: 16, discovery, test },
      ...{ stream: 3 * 2 * 4 * discovery, heads: 2 * 4 * 4 * discovery, attributed: 2 * 4 * 4 * discovery },
      ...Object.fromEntries(curves),
      ...{ "intact clean": test, "intact corrupted": test, direct: 2 * 4 },
      ...{ "lens clean": 2 * discovery, "lens corrupted": 2 * discovery },
      ...{ "probe AUC": 2 * 4, "probe AUC, shuffled": 2 * 4 },
    });
    for (const name of Object.keys(output.arrays!))
      expect(Array.from(array(name)).every(Number.isFinite), name).toBe(true);
  });

  it("has the judgements of all candidates, their kinds, and the pairs chosen by them", () => {
    for (const side of ["clean", "corrupted"] as const) {
      const own = judge(
        loaded.subject,
        candidates.map(({ pair }) => pair[side]),
      ).map(difference);
      own.forEach((d, i) => {
        expect(array(side)[i]).toBeCloseTo(d, 4);
      });
    }
    expect([...array("negatives")]).toEqual([...new Array(8).fill(0), ...new Array(8).fill(1)]);
    const judged = {
      clean: Float64Array.from(array("clean")),
      corrupted: Float64Array.from(array("corrupted")),
    };
    const { discovery, test } = chosenPairs(candidates, judged, config, SEED);
    expect([[...array("discovery")], [...array("test")]]).toEqual([discovery, test]);
    expect(output.metrics).toMatchObject({
      ...{ pairs: 16, misaligned: 0, layers: 2, heads: 4 },
      ...{ "discovery pairs": discovery.length, "test pairs": test.length },
    });
  });
});

describe("maps", () => {
  it("are what patching each site by itself adds to d", () => {
    const { subject } = loaded;
    const { config: size } = subject.model;
    const maps = { stream: streamSitesOf(size, config), heads: headSitesOf(size, config) };
    const pairs = pairsOf("discovery");
    for (const [name, sites] of Object.entries(maps) as [string, Site[]][])
      for (const at of [0, 5, 11, 18, sites.length - 1])
        pairs.forEach((pair, i) => {
          const prepared = preparePair(subject, pair, [sites[at].hook]);
          const [patched] = patchSites(subject, prepared, [sites[at]]);
          const effect = difference(patched) - difference(prepared.corruptedAnswer);
          prepared.dispose();
          expect(array(name)[at * pairs.length + i], `${name} ${at}`).toBeCloseTo(effect, 4);
        });
    expect(new Set(array("heads")).size).toBeGreaterThan(10);
  });

  it("behind the last layer: the last token has the whole answer, the other groups nothing of it", () => {
    const indices = Array.from(array("discovery"));
    const layer = (group: number) => ((0 * 2 + 1) * 4 + group) * indices.length;
    indices.forEach((index, i) => {
      const gap = array("clean")[index] - array("corrupted")[index];
      for (const group of [0, 1, 2]) expect(array("stream")[layer(group) + i]).toBeCloseTo(0, 4);
      expect(array("stream")[layer(3) + i]).toBeCloseTo(gap, 4);
    });
  });
});

describe("ablation", () => {
  it.each(["knockOut", "keepOnly"] as const)(
    "%s is of the first heads of each list, the rest of the model as the mode says",
    (mode) => {
      const { subject } = loaded;
      const pairs = pairsOf("test");
      const lists = headLists(subject, pairsOf("discovery"), config, array("heads"));
      const beside = mode === "keepOnly" ? { mlps: everyModule(subject.model.config).mlps } : {};
      const drawn = [0, 1].map((draw) =>
        layerMatchedRandom(lists.found.slice(0, 2), subject.model.config, createRandom(SEED, 2, draw)),
      );
      const listed = [
        lists.found.slice(0, 2),
        lists.others.weakest.slice(0, 2),
        lists.others.attention.slice(0, 2),
        ...drawn,
      ];
      const conditions = listed.map((heads) => ({ ...beside, heads }));
      const { intact, ablated } = ablate(subject, pairs, conditions, { mode, replacement: queryMean });
      const of = (list: string, side: string) => array(`${mode} ${list} ${side}`);
      for (const side of ["clean", "corrupted"] as const)
        for (let i = 0; i < pairs.length; i++) {
          expect(array(`intact ${side}`)[i]).toBeCloseTo(intact[side][i], 4);
          expect(array(`intact ${side}`)[i]).toBeCloseTo(array(side)[array("test")[i]], 4);
          // The second number of heads is 2; random lists have two draws each.
          ["found", "weakest", "attention"].forEach((list, condition) => {
            expect(of(list, side)[pairs.length + i], list).toBeCloseTo(ablated[condition][side][i], 4);
          });
          for (const draw of [0, 1])
            expect(of("random", side)[(2 + draw) * pairs.length + i]).toBeCloseTo(
              ablated[3 + draw][side][i],
              4,
            );
        }
      expect([...of("found", "clean")]).not.toEqual([...of("weakest", "clean")]);
    },
  );
});

describe("what needs no patching", () => {
  it("is lens, direct and attributed effects of the discovery pairs", () => {
    const { subject } = loaded;
    const pairs = pairsOf("discovery");
    const sites = headSitesOf(subject.model.config, config);
    const direct = new Float64Array(8);
    pairs.forEach((pair, i) => {
      for (const side of ["clean", "corrupted"] as const) {
        const lens = logitLens(subject, pair[side]);
        for (const layer of [0, 1])
          expect(array(`lens ${side}`)[layer * pairs.length + i]).toBeCloseTo(lens[layer][0], 4);
        expect(lens[1][0]).toBeCloseTo(array(side)[array("discovery")[i]], 3); // behind the last layer it is the answer
        const sign = side === "clean" ? 1 : -1;
        directAttribution(subject, pair[side]).heads.forEach((heads, layer) => {
          Array.from(heads).forEach((effect, head) => {
            direct[4 * layer + head] += (sign * effect) / pairs.length;
          });
        });
      }
      const estimated = attributionPatching(subject, [pair], sites);
      for (const at of [0, 9, 31])
        expect(array("attributed")[at * pairs.length + i]).toBeCloseTo(estimated[at][0], 4);
    });
    direct.forEach((effect, head) => {
      expect(array("direct")[head]).toBeCloseTo(effect, 4);
    });
  });

  it("is probes of the first pairs that are judged, by layer and group", () => {
    const first = candidates.slice(0, 12).map(({ pair }) => pair);
    const stream = collectStream(loaded.subject, first);
    const { auc } = probe(stream.at(1, PROBE_GROUPS[2]), { folds: 3, seed: SEED });
    expect(array("probe AUC")[4 + 2]).toBeCloseTo(auc, 6);
    for (const name of ["probe AUC", "probe AUC, shuffled"])
      for (const value of array(name)) expect([value >= 0, value <= 1]).toEqual([true, true]);
  });
});

describe("further runs", () => {
  const small = relevanceConfig("smoke", quick);

  it("repeat bit for bit, and differ for another seed", async () => {
    const [one, again] = [await judgementRun(small, contextOf()), await judgementRun(small, contextOf())];
    expect(again).toEqual(one);
    const other = await judgementRun(small, { ...contextOf(), seed: SEED + 1 });
    expect(other.arrays!.corrupted).not.toEqual(one.arrays!.corrupted);
    expect(Object.keys(one.arrays!).filter((name) => name.startsWith("probe"))).toEqual([]);
  });

  it("that are asked to stop do, with nothing left", async () => {
    const stop = new AbortController();
    const heard: number[] = [];
    const before = tf.memory().numTensors;
    const running = judgementRun(
      small,
      contextOf(stop.signal, (done) => {
        heard.push(done);
        if (heard.length === 2) stop.abort();
      }),
    );
    await expect(running).rejects.toThrow(Interrupted);
    expect(heard).toHaveLength(2);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("that tell no pair apart have judgements and no maps", async () => {
    const { metrics, arrays } = await judgementRun({ ...small, margin: 1000 }, contextOf());
    expect(metrics).toMatchObject({ pairs: 8, "discovery pairs": 0, "test pairs": 0 });
    expect(Object.keys(arrays!).sort()).toEqual([
      ...["bias", "clean", "corrupted", "discovery", "mass", "negatives", "rows", "test"],
    ]);
  });

  it("in the reversed format take the plain run's pairs, whatever they say of them themselves", async () => {
    const [discovery, test] = [Int32Array.of(6, 1), Int32Array.of(3)];
    const rows = Int32Array.of(0, 1, 2, 3, 0, 1, 2, 3);
    const negatives = Int32Array.of(0, 0, 0, 0, 1, 1, 1, 1);
    const plain = asStored({ metrics: {}, arrays: { discovery, test, rows, negatives } });
    const reversed = { ...small, format: "reversed", margin: 1000 } as const;
    const { metrics, arrays } = await judgementRun(reversed, contextOf(), plain);
    expect([arrays!.discovery, arrays!.test]).toEqual([discovery, test]);
    expect(metrics).toMatchObject({ "discovery pairs": 2, "test pairs": 1 });
    expect(arrays!.stream).toHaveLength(3 * 2 * 4 * 2);
    expect(arrays!["intact clean"][0]).toBeCloseTo(arrays!.clean[3], 4);
  });
});
