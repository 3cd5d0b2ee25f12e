import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Hook, HookName } from "../../../llm/model/hooks";
import { tf } from "../../../tensor";
import { sampleTensor } from "../../../tensor/testing";
import { promptRows } from "../patching/batches";
import { headSites, type Site, siteName, streamSites } from "../patching/site";
import { answerRun, difference, type Subject } from "../patching/subject";
import { rawEffects, sweep } from "../patching/sweep";
import { PAIRWISE, POINTWISE, smallSubject } from "../patching/testing";
import { ATTRIBUTED_HOOKS, attributionPatching } from "./attributionPatching";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

function everySite({ model: { config } }: Subject): Site[] {
  const groups = ["doc_all", "last"] as const;
  const headed = ["q", "k", "v", "z"] as const;
  return [
    ...streamSites(config, { hooks: ATTRIBUTED_HOOKS, groups }),
    ...headed.flatMap((hook) => headSites(config, { hook, layers: [1], groups })),
  ];
}

/** A subject that can hardly tell the documents of the pair apart: what is true to first order is then nearly the truth. */
function nearlyBlind(nearness: number): Subject {
  const subject = smallSubject();
  const rows = subject.model.weights.embedding.arraySync() as number[][];
  for (const [i, token] of POINTWISE.clean.entries()) {
    const other = POINTWISE.corrupted[i];
    if (token !== other) rows[token] = rows[other].map((x, k) => x + nearness * Math.sin(7 * token + k));
  }
  return {
    ...subject,
    model: { ...subject.model, weights: { ...subject.model.weights, embedding: tf.tensor2d(rows) } },
  };
}

describe("attribution patching", () => {
  test("is what patching does, as the prompts come close", () => {
    const subject = nearlyBlind(0.001);
    const sites = everySite(subject);
    const estimated = attributionPatching(subject, [POINTWISE], sites);
    const found = rawEffects(sweep(subject, [POINTWISE], sites));
    const largest = Math.max(...found.map(([effect]) => Math.abs(effect)));
    expect(largest).toBeGreaterThan(4e-3);
    for (const [i, site] of sites.entries())
      expect(Math.abs(estimated[i][0] - found[i][0]), siteName(site)).toBeLessThan(0.02 * largest);
  });

  test("multiplies with the gradient that finite differences have", () => {
    const subject = smallSubject({ architecture: "qwen2", qkvBias: true, tied: false }, 2);
    const [layer, step] = [1, 0.01];
    const { clean, corrupted } = PAIRWISE;
    const { cache } = answerRun(subject, promptRows([clean, corrupted]), { cacheNames: ATTRIBUTED_HOOKS });
    const sites = ATTRIBUTED_HOOKS.map((hook): Site => ({ hook, layer, group: "all" }));
    const estimates = attributionPatching(subject, [PAIRWISE], sites);
    for (const [i, hook] of ATTRIBUTED_HOOKS.entries()) {
      // The derivative of d on the way from the corrupted to the clean activation, at all positions; the points of the difference are rows of a batch.
      const [ofClean, ofCorrupted] = tf.split(cache[hook]![layer], 2);
      const way = ofClean.sub(ofCorrupted);
      const shifts = tf.concat([-2, -1, 1, 2].map((steps) => way.mul(steps * step)));
      const hooks: Hook[] = [{ name: hook, layer, fn: (x) => x.add(shifts) }];
      const { answers } = answerRun(subject, promptRows(Array(4).fill(corrupted)), { hooks });
      const d = answers.map(difference);
      const slope = (8 * (d[2] - d[1]) - (d[3] - d[0])) / (12 * step);
      expect(Math.abs(slope), hook).toBeGreaterThan(0.01);
      expect(Math.abs(estimates[i][0] - slope) / Math.max(1, Math.abs(slope)), hook).toBeLessThan(1e-3);
    }
  });

  test("adds up: the heads of a layer to attn_out, positions to all of them", () => {
    const subject = smallSubject();
    const groups = ["doc_all", "query_all", "inst_all", "last", "other"] as const;
    const heads = headSites(subject.model.config, { hook: "z", layers: [1], groups: ["all"] });
    const parts = streamSites(subject.model.config, { hooks: ["attn_out"], layers: [1], groups });
    const whole: Site = { hook: "attn_out", layer: 1, group: "all" };
    const estimates = attributionPatching(subject, [POINTWISE], [whole, ...heads, ...parts]).map(([e]) => e);
    const sum = (values: number[]) => values.reduce((total, x) => total + x, 0);
    expect(Math.abs(estimates[0])).toBeGreaterThan(1e-2);
    expect(sum(estimates.slice(1, 5))).toBeCloseTo(estimates[0], 4);
    expect(sum(estimates.slice(5))).toBeCloseTo(estimates[0], 4);
  });

  test("of a prompt and itself is 0; of a group without positions too; pairs are columns", () => {
    const subject = smallSubject();
    const same = { ...POINTWISE, corrupted: POINTWISE.clean };
    const sites: Site[] = [
      { hook: "resid_post", layer: 0, group: "doc_all" },
      { hook: "z", layer: 2, head: 3, group: "last" },
    ];
    const progress: string[] = [];
    const found = attributionPatching(subject, [same, POINTWISE], sites, {
      onProgress: (done, total) => progress.push(`${done}/${total}`),
    });
    expect(progress).toEqual(["1/2", "2/2"]);
    expect(found.map((ofPairs) => ofPairs.length)).toEqual([2, 2]);
    expect(found.map(([first]) => first)).toEqual([0, 0]);
    expect(found[0][1]).not.toBe(0);
    const full = {
      ...POINTWISE,
      ranges: {
        documents: [{ start: 0, end: 6 }],
        query: { start: 6, end: 8 },
        instruction: { start: 8, end: 12 },
      },
    };
    expect([...attributionPatching(subject, [full], [{ hook: "z", layer: 0, group: "other" }])[0]]).toEqual([
      0,
    ]);
  });

  test("refuses what has no estimate, and numbers that are none; leaves no tensor behind", () => {
    const subject = smallSubject();
    const site = (hook: HookName): Site => ({ hook, layer: 0, group: "last" });
    expect(() => attributionPatching(subject, [POINTWISE], [site("attn_scores")])).toThrow(
      /The site attn_scores 0 last: its effect cannot be estimated; that of resid_pre, q, k, v, z/,
    );
    const { weights } = subject.model;
    const finalNorm = sampleTensor(weights.finalNorm.shape).mul(Number.NaN);
    const broken = { ...subject, model: { ...subject.model, weights: { ...weights, finalNorm } } };
    expect(() => attributionPatching(broken, [POINTWISE], [site("z")])).toThrow(
      "The estimate of z 0 last is NaN.",
    );
    const before = tf.memory().numTensors;
    attributionPatching(subject, [POINTWISE], everySite(subject));
    expect(tf.memory().numTensors).toBe(before);
  });
});
