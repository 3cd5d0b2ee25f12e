import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../../../tensor";
import { headSites, SCORE_BLOCKS, type Site, scoreSites, siteName, streamSites } from "./site";
import { difference, judge } from "./subject";
import { normalizedEffects, patchedRuns, rawEffects, sweep } from "./sweep";
import { PAIRWISE, POINTWISE, smallSubject } from "./testing";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const PAIRS = [POINTWISE, PAIRWISE];
const EVERYTHING: Site = { hook: "resid_post", layer: 1, group: "all" };

describe("sweeps", () => {
  test("lists of sites go through hooks, layers, heads and groups in this order", () => {
    const { config } = smallSubject().model;
    const names = (sites: readonly Site[]) => sites.map(siteName);
    expect(
      names(
        streamSites(config, {
          hooks: ["resid_post", "mlp_out"],
          layers: [0, 2],
          groups: ["last", "doc_all"],
        }),
      ),
    ).toEqual([
      "resid_post 0 last",
      "resid_post 0 doc_all",
      "resid_post 2 last",
      "resid_post 2 doc_all",
      "mlp_out 0 last",
      "mlp_out 0 doc_all",
      "mlp_out 2 last",
      "mlp_out 2 doc_all",
    ]);
    const ofHeads = names(headSites(config, { hook: "q", groups: ["last", "query_all"] }));
    expect(ofHeads.length).toBe(3 * 4 * 2);
    expect(ofHeads.slice(0, 3)).toEqual(["q 0.0 last", "q 0.0 query_all", "q 0.1 last"]);
    expect(ofHeads.at(-1)).toBe("q 2.3 query_all");
    const blocks = names(scoreSites(config, SCORE_BLOCKS, { layers: [1] }));
    expect(blocks.length).toBe(4 * 6);
    expect(blocks[0]).toBe("attn_scores 1.0 last←doc_all");
    expect(blocks[23]).toBe("attn_scores 1.3 inst_all←doc_all");
    expect(scoreSites(config).length).toBe(3 * 4 * 6);
  });

  test("answers of every pair at every site, and their effects", () => {
    const subject = smallSubject();
    const sites: Site[] = [EVERYTHING, { hook: "z", layer: 1, head: 2, group: "last" }];
    const before = tf.memory().numTensors;
    const done: string[] = [];
    const table = sweep(subject, PAIRS, sites, {
      probabilities: true,
      onProgress: (count, total) => done.push(`${count}/${total}`),
    });
    expect(tf.memory().numTensors).toBe(before);
    expect(done.at(-1)).toBe("4/4");
    const asked = judge(subject, [POINTWISE.clean, PAIRWISE.clean, POINTWISE.corrupted, PAIRWISE.corrupted]);
    for (const [i, d] of asked.map(difference).entries()) {
      const found = [...table.clean, ...table.corrupted].map(difference)[i];
      expect(Math.abs(found - d)).toBeLessThan(2e-5);
    }
    // All of the stream makes each corrupted run the clean one: on average by the whole gap.
    const [whole, head] = normalizedEffects(table, { minimumGap: 0 });
    expect((whole[0] + whole[1]) / 2).toBeCloseTo(1, 4);
    const { clean, corrupted, patched } = patchedRuns(table, 1);
    const gap = (clean[0] + clean[1] - corrupted[0] - corrupted[1]) / 2;
    const origin = (corrupted[0] + corrupted[1]) / 2;
    expect(head[1]).toBeCloseTo((patched[1] - origin) / gap, 6);
    expect([...rawEffects(table)[1]]).toEqual([patched[0] - corrupted[0], patched[1] - corrupted[1]]);
    const ofYes = rawEffects(table, { measure: ({ pYes }) => pYes! })[0];
    expect(ofYes[1]).toBeCloseTo(table.clean[1].pYes! - table.corrupted[1].pYes!, 5);
  });

  test("of corrupted activations in the clean run, effects are measured from there", () => {
    const table = sweep(smallSubject(), PAIRS, [EVERYTHING], { direction: "noising" });
    const [effect] = normalizedEffects(table, { minimumGap: 0 });
    expect((effect[0] + effect[1]) / 2).toBeCloseTo(1, 4);
    const [raw] = rawEffects(table);
    const gaps = table.clean.map((answer, i) => difference(table.corrupted[i]) - difference(answer));
    for (const [i, gap] of gaps.entries()) expect(raw[i]).toBeCloseTo(gap, 4);
    expect(Math.abs(gaps[0])).toBeGreaterThan(0.1);
  });

  test("prompts of several lengths are judged in their order, in batches of any size", () => {
    const subject = smallSubject();
    const prompts = [PAIRWISE.clean, POINTWISE.clean, PAIRWISE.corrupted, POINTWISE.corrupted];
    const alone = prompts.map((prompt) => judge(subject, [prompt], { probabilities: true })[0]);
    expect(new Set(alone.map(difference)).size).toBe(4);
    for (const batch of [undefined, 1])
      for (const [i, answer] of judge(subject, prompts, { batch, probabilities: true }).entries()) {
        expect(Math.abs(difference(answer) - difference(alone[i]))).toBeLessThan(2e-5);
        expect(answer.pYes).toBeCloseTo(alone[i].pYes!, 6);
      }
  });

  test("what all prompts begin with changes no answer by being read once, and nothing of it stays in memory", () => {
    const subject = smallSubject();
    const [first, second] = [POINTWISE.clean.slice(), POINTWISE.clean.slice()];
    second[second.length - 2] = (second[second.length - 2] + 1) % subject.model.config.vocabulary;
    const prompts = [first, second, first.subarray(0, first.length - 3)];
    const alone = prompts.map((prompt) => difference(judge(subject, [prompt])[0]));
    expect(new Set(alone).size).toBe(3);
    const before = tf.memory().numTensors;
    const together = judge(subject, prompts).map(difference);
    expect(tf.memory().numTensors).toBe(before);
    for (const [i, d] of together.entries()) expect(Math.abs(d - alone[i])).toBeLessThan(2e-5);
  });
});
