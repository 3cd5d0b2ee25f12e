import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createRandom } from "../../../data/random";
import { run } from "../../../llm/model/forward";
import { patch } from "../../../llm/model/patch";
import { tf } from "../../../tensor";
import type { PromptPair } from "../prompts/pairs";
import { POSITION_GROUPS } from "../prompts/positionGroups";
import { promptRows } from "./batches";
import { type PrepareOptions, patchSites, preparePair } from "./pair";
import { keyHead, placeOf, SITE_HOOKS, type Site, siteName } from "./site";
import { difference, judge, type Subject } from "./subject";
import { PAIRWISE, POINTWISE, smallSubject } from "./testing";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

/** Of logits of a few units in single precision. */
const ROUNDING = 2e-5;
const EVERY_HOOK = [...SITE_HOOKS];

/** Makes d by a run of everything, of which nothing is left out. */
function plainPatches({ model, answers }: Subject, pair: PromptPair, noising = false) {
  const [from, to] = noising ? [pair.corrupted, pair.clean] : [pair.clean, pair.corrupted];
  const { cache } = run(model, promptRows([from]), { cacheNames: EVERY_HOOK });
  return (site: Site): number =>
    tf.tidy(() => {
      const { hook, layer, region } = placeOf(model.config, site, pair)!;
      const hooks = [patch({ name: hook, layer, regions: [region], value: cache[hook]![layer] })];
      const { logits } = run(model, promptRows([to]), { hooks });
      const last = logits.slice([0, to.length - 1, 0], [1, 1, -1]).dataSync();
      return last[answers.yes] - last[answers.no];
    });
}

function randomSites(count: number, seed: number, { layers, heads }: Subject["model"]["config"]): Site[] {
  const random = createRandom(seed);
  const pick = <T>(of: readonly T[]): T => of[random.integer(of.length)];
  const groups = POSITION_GROUPS;
  return Array.from({ length: count }, (): Site => {
    const hook = pick(EVERY_HOOK);
    const square = hook === "attn_scores" || hook === "pattern";
    const headed = square || ["q", "k", "v", "z"].includes(hook);
    return {
      hook,
      layer: random.integer(layers),
      group: pick(groups),
      ...(headed && random.uniform() < 0.7 ? { head: random.integer(heads) } : {}),
      ...(square && random.uniform() < 0.7 ? { sources: pick(groups) } : {}),
    };
  });
}

describe("patching sites", () => {
  test.each([
    ["pointwise", POINTWISE],
    ["pairwise", PAIRWISE],
  ])("gives what a whole run with the hook gives, at fifty sites drawn at random: %s", (_, pair) => {
    const subject = smallSubject();
    const sites = randomSites(50, 3, subject.model.config);
    const prepared = preparePair(subject, pair, EVERY_HOOK);
    const found = patchSites(subject, prepared, sites).map(difference);
    const plain = plainPatches(subject, pair);
    const origin = difference(prepared.corruptedAnswer);
    let moved = 0;
    for (const [i, site] of sites.entries()) {
      const wanted = plain(site);
      expect(Math.abs(found[i] - wanted), siteName(site)).toBeLessThan(ROUNDING);
      if (Math.abs(wanted - origin) > 1e-3) moved++;
    }
    expect(moved).toBeGreaterThan(20);
  });

  test("of the stream everywhere, or where the tokens differ, gives the clean run", () => {
    for (const pair of [POINTWISE, PAIRWISE]) {
      const { subject, prepared, patched } = ready(pair);
      const sites: Site[] = [
        ...[0, 1, 2].map((layer): Site => ({ hook: "resid_post", layer, group: "all" })),
        { hook: "resid_pre", layer: 0, group: "doc_all" },
      ];
      const wanted = difference(prepared.cleanAnswer);
      expect(Math.abs(wanted - difference(prepared.corruptedAnswer))).toBeGreaterThan(0.1);
      for (const [i, d] of patched(sites).entries())
        expect(Math.abs(d - wanted), siteName(sites[i])).toBeLessThan(ROUNDING);
      expect(judge(subject, [pair.clean]).map(difference)[0]).toBe(wanted);
    }
  });

  test("with its own activations, or at no position, changes no bit", () => {
    const own = { ...POINTWISE, clean: POINTWISE.corrupted };
    const { prepared, patched } = ready(own);
    const everywhere = EVERY_HOOK.flatMap((hook) =>
      [0, 1, 2].map((layer): Site => ({ hook, layer, group: "all" })),
    );
    const origin = difference(prepared.corruptedAnswer);
    // A batch of several rows rounds as it likes: one run a time.
    expect(patched(everywhere, { batch: 1 })).toEqual(everywhere.map(() => origin));

    // The documents reach to the instruction: nothing is outside the fields but the last token.
    const without: PromptPair = {
      ...POINTWISE,
      ranges: { ...POINTWISE.ranges, documents: [{ start: 0, end: 6 }], instruction: { start: 8, end: 11 } },
    };
    const other = ready(without);
    const nowhere: Site[] = [
      { hook: "resid_post", layer: 1, group: "other" },
      { hook: "attn_scores", layer: 1, group: "last", sources: "other" },
    ];
    expect(other.patched(nowhere)).toEqual([origin, origin]);
  });

  test("has no effect at any site where clean and corrupted prompt are one", () => {
    const { subject, prepared, patched } = ready({ ...PAIRWISE, corrupted: PAIRWISE.clean });
    const origin = difference(prepared.corruptedAnswer);
    const sites = randomSites(50, 5, subject.model.config);
    for (const [i, d] of patched(sites).entries())
      expect(Math.abs(d - origin), siteName(sites[i])).toBeLessThan(ROUNDING);
  });

  test("z of all heads is attn_out; all scores of a head are its pattern; k of neighbours is one", () => {
    const { subject, prepared, patched } = ready(PAIRWISE);
    const same = (a: Site, b: Site) => {
      const [one, other] = patched([a, b]);
      expect(Math.abs(one - other), `${siteName(a)}, ${siteName(b)}`).toBeLessThan(ROUNDING);
      expect(Math.abs(one - difference(prepared.corruptedAnswer)), siteName(a)).toBeGreaterThan(1e-3);
    };
    for (const group of ["doc_all", "query_all", "last", "all"] as const)
      for (const layer of [0, 1]) same({ hook: "z", layer, group }, { hook: "attn_out", layer, group });
    for (const head of [0, 1, 2, 3]) {
      same(
        { hook: "attn_scores", layer: 1, group: "all", head },
        { hook: "pattern", layer: 1, group: "all", head },
      );
      const block = { layer: 1, group: "all", sources: "all", head } as const;
      same({ hook: "attn_scores", ...block }, { hook: "pattern", ...block });
      const neighbour = head % 2 === 0 ? head + 1 : head - 1;
      same(
        { hook: "v", layer: 0, group: "doc_all", head },
        { hook: "v", layer: 0, group: "doc_all", head: neighbour },
      );
    }
    const { heads, kvHeads } = subject.model.config;
    expect([0, 1, 2, 3].map((head) => keyHead({ heads, kvHeads }, head))).toEqual([0, 0, 1, 1]);
    expect([0, 2, 3, 8].map((head) => keyHead({ heads: 9, kvHeads: 3 }, head))).toEqual([0, 0, 1, 2]);
  });

  test("takes the corrupted activations into the clean run the other way round", () => {
    const { subject, prepared, patched } = ready(POINTWISE, { direction: "noising" });
    const { prepared: denoising } = ready(POINTWISE);
    const close = (a: number, b: number, what: string) =>
      expect(Math.abs(a - b), what).toBeLessThan(ROUNDING);
    close(difference(prepared.cleanAnswer), difference(denoising.cleanAnswer), "clean");
    close(difference(prepared.corruptedAnswer), difference(denoising.corruptedAnswer), "corrupted");
    const sites = randomSites(12, 11, subject.model.config);
    const plain = plainPatches(subject, POINTWISE, true);
    for (const [i, d] of patched(sites).entries()) close(d, plain(sites[i]), siteName(sites[i]));
    const [everything] = patched([{ hook: "resid_post", layer: 0, group: "all" }]);
    close(everything, difference(prepared.corruptedAnswer), "all");
  });

  test("a batch of any size, and probabilities, change nothing about the logits", () => {
    const { subject, prepared, patched } = ready(PAIRWISE);
    const sites = randomSites(20, 13, subject.model.config);
    const together = patched(sites);
    for (const batch of [1, 3])
      for (const [i, d] of patched(sites, { batch }).entries())
        expect(Math.abs(d - together[i]), siteName(sites[i])).toBeLessThan(ROUNDING);
    const answers = patchSites(subject, prepared, sites, { probabilities: true });
    for (const [i, answer] of answers.entries()) {
      expect(Math.abs(difference(answer) - together[i])).toBeLessThan(ROUNDING);
      expect(Math.log(answer.pYes! / answer.pNo!)).toBeCloseTo(together[i], 4);
      expect(answer.pYes! + answer.pNo!).toBeLessThan(1);
    }
    const done: number[] = [];
    patchSites(subject, prepared, sites, {
      batch: 3,
      onProgress: (count, total) => done.push(count / total),
    });
    expect(done.at(-1)).toBe(1);
    expect(done).toEqual([...done].sort((a, b) => a - b));
  });

  test("frees what it makes", () => {
    const subject = smallSubject();
    const before = tf.memory().numTensors;
    const prepared = preparePair(subject, POINTWISE, EVERY_HOOK, { targetHooks: ["z"], probabilities: true });
    const held = tf.memory().numTensors;
    expect(held).toBeGreaterThan(before);
    patchSites(subject, prepared, randomSites(20, 17, subject.model.config), { probabilities: true });
    expect(tf.memory().numTensors).toBe(held);
    prepared.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test("refuses what is not there", () => {
    const subject = smallSubject();
    const prepared = preparePair(subject, POINTWISE, ["z", "attn_scores"]);
    const at = (site: Partial<Site>) => () =>
      patchSites(subject, prepared, [{ hook: "z", layer: 0, group: "last", ...site } as Site]);
    expect(at({ layer: 3 })).toThrow(new RangeError("The site z 3 last: layers go from 0 to 2."));
    expect(at({ head: 4 })).toThrow(new RangeError("The site z 0.4 last: query heads go from 0 to 3."));
    expect(at({ hook: "mlp_out", head: 1 })).toThrow(
      "The site mlp_out 0.1 last: mlp_out has no heads to choose from.",
    );
    expect(at({ sources: "doc_all" })).toThrow(
      "The site z 0 last←doc_all: only scores and patterns have sources.",
    );
    expect(at({ hook: "ln1_scale" })).toThrow(
      "The site ln1_scale 0 last: ln1_scale cannot be patched; what can is resid_pre, q, k, v, ",
    );
    expect(at({ group: "nowhere" as "last" })).toThrow("There is no group nowhere; there are all, last, ");
    expect(at({ hook: "mlp_out" })).toThrow(
      "The site mlp_out 0 last: the pair was prepared for z, attn_scores; prepare it for mlp_out too.",
    );
    expect(() =>
      patchSites(subject, prepared, [{ hook: "z", layer: 0, group: "last" }], { batch: 0 }),
    ).toThrow("A batch must be a positive whole number of runs, not 0.");
    const uneven = { ...POINTWISE, clean: POINTWISE.clean.slice(0, 11) };
    expect(() => preparePair(subject, uneven, [])).toThrow(
      "The clean prompt has 11 tokens, the corrupted one 12: patches need prompts of one length.",
    );
    expect(() => judge(subject, [POINTWISE.clean, new Int32Array(0)])).toThrow("Prompt 1 has no tokens.");
    expect(() => judge(subject, [new Int32Array(65)])).toThrow(
      "A prompt has 65 tokens; the model has 64 positions.",
    );
  });
});

/** A pair, prepared for every site. */
function ready(pair: PromptPair, options: PrepareOptions = {}) {
  const subject = smallSubject();
  const prepared = preparePair(subject, pair, EVERY_HOOK, options);
  const patched = (sites: readonly Site[], patching: { batch?: number } = {}) =>
    patchSites(subject, prepared, sites, patching).map(difference);
  return { subject, prepared, patched };
}
