import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { run } from "../../../llm/model/forward";
import { HOOK_NAMES, type HookName } from "../../../llm/model/hooks";
import { patch } from "../../../llm/model/patch";
import { smallModel } from "../../../llm/model/testing";
import { tf } from "../../../tensor";
import { promptRows } from "./batches";
import { patchSites, preparePair } from "./pair";
import { type PathOptions, pathPatch, preparePaths, type Receiver } from "./pathPatching";
import { placeOf, type Site, siteName } from "./site";
import { difference, type Subject } from "./subject";
import { PAIRWISE, POINTWISE, smallSubject } from "./testing";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const ROUNDING = 2e-5;
const LAYERS = 3;
const SENDERS = ["z", "resid_pre", "attn_out", "resid_mid", "mlp_out", "resid_post"] as const;
const OUTPUT: Receiver = { hook: "resid_post", layer: LAYERS - 1, group: "last" };

const rows = (ids: Int32Array) => promptRows([ids]);
const names = HOOK_NAMES.filter((name) => name !== "ln_final_scale");

/** Makes the two runs of a path, of all layers and positions, with whatever is frozen given by hand. */
function plainPaths({ model, answers }: Subject) {
  const [clean, corrupted] = [PAIRWISE.clean, PAIRWISE.corrupted].map(
    (ids) => run(model, rows(ids), { cacheNames: names }).cache,
  );
  const everywhere = { positions: Array.from(PAIRWISE.clean, (_, i) => i) };
  return (
    sender: Site,
    receiver: Receiver & { kvHeads?: number[] },
    frozen: readonly [HookName, number][],
  ): number =>
    tf.tidy(() => {
      const { hook, layer, region } = placeOf(model.config, sender, PAIRWISE)!;
      const hold = frozen.map(([name, at]) =>
        patch({ name, layer: at, regions: [everywhere], value: clean[name]![at] }),
      );
      const change = patch({ name: hook, layer, regions: [region], value: corrupted[hook]![layer] });
      const cacheNames = [receiver.hook];
      const changed = run(model, rows(PAIRWISE.clean), { hooks: [change, ...hold], cacheNames }).cache;
      const { positions } = placeOf(model.config, { ...receiver }, PAIRWISE)!.region;
      const inject = patch({
        name: receiver.hook,
        layer: receiver.layer,
        regions: [{ positions, heads: receiver.kvHeads ?? receiver.heads }],
        value: changed[receiver.hook]![receiver.layer],
      });
      const { logits } = run(model, rows(PAIRWISE.clean), { hooks: [inject] });
      const last = logits.slice([0, PAIRWISE.clean.length - 1, 0], [1, 1, -1]).dataSync();
      return last[answers.yes] - last[answers.no];
    });
}

/** A decoder whose norms do nothing and whose MLPs add nothing: ε is so large that every norm divides by its root, which the gains undo. */
function attentionOnly(): Subject {
  const model = smallModel({ layers: LAYERS, epsilon: 1e12 });
  const gain = tf.fill([model.config.width], 1e6);
  const layers = model.weights.layers.map((layer) => ({
    ...layer,
    attentionNorm: gain,
    mlpNorm: gain,
    down: { weight: tf.zerosLike(layer.down.weight) },
  }));
  return {
    model: { ...model, weights: { ...model.weights, layers, finalNorm: gain } },
    answers: { yes: 11, no: 5, split: [] },
  };
}

describe("path patching", () => {
  test("directly to the output of a model of attention only is the difference of direct logit attributions", () => {
    const subject = attentionOnly();
    const { weights, config } = subject.model;
    const prepared = preparePaths(subject, PAIRWISE, ["z"]);
    const senders = Array.from({ length: LAYERS * config.heads }, (_, i): Site => {
      return { hook: "z", layer: Math.floor(i / config.heads), head: i % config.heads, group: "all" };
    });
    const paths = (mode: PathOptions["mode"]) =>
      pathPatch(subject, prepared, senders, { receiver: OUTPUT, mode }).map(difference);
    const [direct, via] = [paths("direct"), paths("via")];
    const unembedding = weights.unembedding.arraySync() as number[][];
    const answer = unembedding[11].map((value, i) => value - unembedding[5][i]);
    let through = 0;
    for (const [i, { layer, head }] of senders.entries()) {
      // (z_corrupted − z_clean) W_O[h] · (U_yes − U_no), at the last position
      const output = weights.layers[layer].output.weight.arraySync() as number[][];
      const [z, own] = [prepared.source, prepared.targetCache].map(
        (cache) => (cache.z![layer].arraySync() as number[][][][])[0][PAIRWISE.clean.length - 1][head!],
      );
      let attribution = 0;
      for (let feature = 0; feature < config.width; feature++)
        for (let j = 0; j < config.headWidth; j++)
          attribution += (z[j] - own[j]) * output[feature][head! * config.headWidth + j] * answer[feature];
      const change = direct[i] - difference(prepared.cleanAnswer);
      expect(Math.abs(change - attribution), `${layer}.${head}`).toBeLessThan(ROUNDING);
      if (layer > 0) expect(Math.abs(attribution), `${layer}.${head}`).toBeGreaterThan(1e-4);
      if (Math.abs(via[i] - direct[i]) > 1e-3) through++;
      if (layer === LAYERS - 1) expect(Math.abs(via[i] - direct[i])).toBeLessThan(ROUNDING);
    }
    expect(through).toBeGreaterThan(4);
  });

  test("via is a run with the sender patched, then one with the receiver as it was there", () => {
    const subject = smallSubject();
    const prepared = preparePaths(subject, PAIRWISE, SENDERS);
    const plainPath = plainPaths(subject);
    const receivers: (Receiver & { kvHeads?: number[] })[] = [
      { hook: "q", layer: 2, group: "last", heads: [1, 3] },
      { hook: "k", layer: 2, group: "doc_all", heads: [2, 3], kvHeads: [1] },
      { hook: "v", layer: 1, group: "all", heads: [0, 2], kvHeads: [0, 1] },
      { hook: "z", layer: 2, group: "query_all", heads: [0] },
      { hook: "mlp_out", layer: 2, group: "last" },
      { hook: "attn_out", layer: 1, group: "qd_all" },
      { hook: "resid_post", layer: 1, group: "last" },
      OUTPUT,
    ];
    const origin = difference(prepared.cleanAnswer);
    let moved = 0;
    for (const receiver of receivers)
      for (const hook of SENDERS) {
        const sender: Site = { hook, layer: 0, group: "doc_all", ...(hook === "z" ? { head: 1 } : {}) };
        const [found] = pathPatch(subject, prepared, [sender], { receiver, mode: "via" }).map(difference);
        const wanted = plainPath(sender, receiver, []);
        expect(Math.abs(found - wanted), `${siteName(sender)} to ${receiver.hook}`).toBeLessThan(ROUNDING);
        if (Math.abs(wanted - origin) > 1e-3) moved++;
      }
    expect(moved).toBeGreaterThan(30);
  });

  test("direct holds the heads between, and the MLPs if they are to be frozen", () => {
    const subject = smallSubject();
    const prepared = preparePaths(subject, PAIRWISE, SENDERS);
    const plainPath = plainPaths(subject);
    const z = (...layers: number[]) => layers.map((layer): [HookName, number] => ["z", layer]);
    const mlp = (...layers: number[]) => layers.map((layer): [HookName, number] => ["mlp_out", layer]);
    const head: Site = { hook: "z", layer: 0, group: "all", head: 2 };
    const mlpOut: Site = { hook: "mlp_out", layer: 0, group: "all" };
    const cases: [Site, Receiver, [HookName, number][], [HookName, number][]][] = [
      [head, OUTPUT, z(1, 2), mlp(0, 1, 2)],
      [head, { hook: "q", layer: 2, group: "last", heads: [1] }, z(1), mlp(0, 1)],
      [head, { hook: "z", layer: 2, group: "last", heads: [1] }, z(1), mlp(0, 1)],
      [head, { hook: "attn_out", layer: 2, group: "last" }, z(1), mlp(0, 1)],
      [head, { hook: "resid_mid", layer: 2, group: "last" }, z(1, 2), mlp(0, 1)],
      [head, { hook: "mlp_out", layer: 2, group: "last" }, z(1, 2), mlp(0, 1)],
      [head, { hook: "resid_post", layer: 0, group: "last" }, [], mlp(0)],
      [mlpOut, OUTPUT, z(1, 2), mlp(1, 2)],
      [mlpOut, { hook: "resid_pre", layer: 2, group: "last" }, z(1), mlp(1)],
      [{ hook: "resid_pre", layer: 0, group: "all" }, OUTPUT, z(0, 1, 2), mlp(0, 1, 2)],
    ];
    let differ = 0;
    for (const [sender, receiver, heads, mlps] of cases)
      for (const freezeMlp of [false, true]) {
        const [found] = pathPatch(subject, prepared, [sender], { receiver, mode: "direct", freezeMlp }).map(
          difference,
        );
        const frozen = freezeMlp ? [...heads, ...mlps] : heads;
        const wanted = plainPath(sender, receiver, frozen);
        const label = `${siteName(sender)} to ${siteName(receiver)}, ${freezeMlp}`;
        expect(Math.abs(found - wanted), label).toBeLessThan(ROUNDING);
        if (Math.abs(wanted - plainPath(sender, receiver, [])) > 1e-4) differ++;
      }
    expect(differ).toBeGreaterThan(12);
  });

  test("to the output is patching itself, and senders side by side are paths of their own", () => {
    const subject = smallSubject();
    const prepared = preparePaths(subject, POINTWISE, ["z"]);
    const groups = ["last", "doc_all", "inst_all"] as const;
    const senders = [0, 1].flatMap((layer) =>
      [0, 1, 2, 3].flatMap((head) => groups.map((group): Site => ({ hook: "z", layer, head, group }))),
    );
    const noised = patchSites(
      subject,
      preparePair(subject, POINTWISE, ["z"], { direction: "noising" }),
      senders,
    );
    const via = pathPatch(subject, prepared, senders, { receiver: OUTPUT, mode: "via" });
    const receiver: Receiver = { hook: "q", layer: 2, group: "last" };
    const direct = pathPatch(subject, prepared, senders, { receiver, mode: "direct", probabilities: true });
    for (const [i, sender] of senders.entries()) {
      expect(Math.abs(difference(via[i]) - difference(noised[i])), siteName(sender)).toBeLessThan(ROUNDING);
      const [alone] = pathPatch(subject, prepared, [sender], { receiver, mode: "direct", batch: 1 });
      expect(Math.abs(difference(direct[i]) - difference(alone)), siteName(sender)).toBeLessThan(ROUNDING);
      expect(Math.log(direct[i].pYes! / direct[i].pNo!)).toBeCloseTo(difference(direct[i]), 4);
    }
  });

  test("changes nothing before the sender's positions, and leaves nothing behind", () => {
    const subject = smallSubject();
    const before = tf.memory().numTensors;
    const prepared = preparePaths(subject, POINTWISE, ["z"]);
    const held = tf.memory().numTensors;
    const sender: Site = { hook: "z", layer: 0, group: "query_all" };
    const early: Receiver = { hook: "v", layer: 1, group: "doc_all" };
    expect(pathPatch(subject, prepared, [sender], { receiver: early, mode: "via" })).toEqual([
      prepared.cleanAnswer,
    ]);
    pathPatch(subject, prepared, [sender], { receiver: OUTPUT, mode: "direct", freezeMlp: true });
    expect(tf.memory().numTensors).toBe(held);
    prepared.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test("refuses a path that does not go upwards, and ends that are none", () => {
    const subject = smallSubject();
    const prepared = preparePaths(subject, POINTWISE, ["z", "q"]);
    const path =
      (sender: Partial<Site>, receiver: Partial<Receiver>, mode: PathOptions["mode"] = "via") =>
      () =>
        pathPatch(subject, prepared, [{ hook: "z", layer: 1, group: "last", ...sender }], {
          receiver: { ...OUTPUT, ...receiver },
          mode,
        });
    expect(path({ head: 2 }, { hook: "q", layer: 1 })).toThrow(
      new RangeError(
        "The sender z 1.2 last is not below the receiver q 1 last: its layer must be smaller than 1.",
      ),
    );
    expect(path({ layer: 2 }, { layer: 1 })).toThrow(
      new RangeError(
        "The sender z 2 last is not below the receiver resid_post 1 last: its layer must be at most 1.",
      ),
    );
    expect(path({ layer: 1 }, { layer: 1 })).not.toThrow();
    expect(path({ hook: "q" }, {})).toThrow(
      new RangeError(
        "A sender cannot be q; it can be z, resid_pre, attn_out, resid_mid, mlp_out, resid_post.",
      ),
    );
    expect(path({}, { hook: "pattern" })).toThrow("A receiver cannot be pattern; it can be z, resid_pre, ");
    expect(path({}, { hook: "q", layer: 2, heads: [4] })).toThrow(
      "The site q 2.4 last: query heads go from 0 to 3.",
    );
    expect(path({ hook: "attn_out" }, {})).toThrow(
      "The sender attn_out 1 last: the pair was not prepared for attn_out.",
    );
    const plain = preparePair(subject, POINTWISE, ["z"], { direction: "noising" });
    expect(() =>
      pathPatch(subject, plain, [{ hook: "z", layer: 1, group: "last" }], {
        receiver: OUTPUT,
        mode: "direct",
      }),
    ).toThrow("The pair was prepared without z of the patched run: use preparePaths.");
  });
});
