import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../../tensor";
import { assertClose } from "../../tensor/testing";
import { run } from "./forward";
import { HOOK_NAMES, type HookName, transformerLensName } from "./hooks";
import { patch } from "./patch";
import { smallModel, tokenRows } from "./testing";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const CLEAN = [3, 1, 4, 1, 5, 9, 2];
const CORRUPTED = [3, 7, 8, 2, 5, 9, 2];
const EVERYWHERE = [0, 1, 2, 3, 4, 5, 6];
const DIFFERING = [1, 2, 3];

const lastLogits = (logits: tf.Tensor3D) => logits.slice([0, 6, 0], [-1, 1, -1]);

function pair(options = {}) {
  const model = smallModel(options);
  const names = HOOK_NAMES.filter((name) => name !== "ln_final_scale");
  const clean = run(model, tokenRows([CLEAN]), { cacheNames: names });
  const corrupted = run(model, tokenRows([CORRUPTED]), { cacheNames: names });
  return { model, clean, corrupted };
}

describe("patching", () => {
  test("the stream at all positions, or the embedding where the tokens differ, is the clean run", () => {
    const { model, clean, corrupted } = pair();
    const gap = lastLogits(clean.logits).sub(lastLogits(corrupted.logits)).abs().max();
    expect(gap.dataSync()[0]).toBeGreaterThan(0.1);
    const places = [
      { name: "resid_post", layer: 0, positions: EVERYWHERE },
      { name: "resid_post", layer: 1, positions: EVERYWHERE },
      { name: "resid_pre", layer: 1, positions: EVERYWHERE },
      { name: "embed", layer: 0, positions: DIFFERING },
      { name: "resid_pre", layer: 0, positions: DIFFERING },
    ] as const;
    for (const { name, layer, positions } of places) {
      const hooks = [patch({ name, layer, regions: [{ positions }], value: clean.cache[name]![layer] })];
      const { logits } = run(model, tokenRows([CORRUPTED]), { hooks });
      assertClose(lastLogits(logits), lastLogits(clean.logits), { absolute: 1e-5 }, `${name} ${layer}`);
    }
  });

  test("the run's own activations, or nothing, change no bit", () => {
    const { model, clean, corrupted } = pair();
    const bits = (logits: tf.Tensor) => Array.from(logits.dataSync());
    for (const name of ["resid_pre", "q", "rot_k", "v", "attn_scores", "pattern", "z", "mlp_out"] as const)
      for (const layer of [0, 1]) {
        const own = patch({
          name,
          layer,
          regions: [{ positions: EVERYWHERE }],
          value: corrupted.cache[name]![layer],
        });
        const none = patch({ name, layer, regions: [{ positions: [] }], value: clean.cache[name]![layer] });
        for (const hook of [own, none])
          expect(bits(run(model, tokenRows([CORRUPTED]), { hooks: [hook] }).logits), name).toEqual(
            bits(corrupted.logits),
          );
      }
  });

  test("z of all heads is the output of attention; all scores of a head are its pattern", () => {
    const { model, clean } = pair();
    const patched = (name: HookName, region: object) => {
      const value = clean.cache[name]![1];
      const hooks = [patch({ name, layer: 1, regions: [{ positions: [2, 6], ...region }], value })];
      return run(model, tokenRows([CORRUPTED]), { hooks }).logits;
    };
    const ofHeads = patched("z", { heads: [0, 1, 2, 3] });
    assertClose(ofHeads, patched("attn_out", {}), { absolute: 1e-5 });
    assertClose(patched("result", {}), ofHeads, { absolute: 1e-5 });
    const everywhere = { positions: EVERYWHERE, heads: [2] };
    const scores = patched("attn_scores", everywhere);
    assertClose(scores, patched("pattern", everywhere), { absolute: 1e-5 });
    const block = patched("attn_scores", { positions: [6], heads: [2], sources: DIFFERING });
    expect(block.sub(scores).abs().max().dataSync()[0]).toBeGreaterThan(1e-4);
  });

  test("a block of scores changes these cells of one head, and no others", () => {
    const { model, clean, corrupted } = pair();
    const value = clean.cache.attn_scores![0];
    const region = { positions: [4, 6], heads: [1], sources: [1, 3] };
    const hooks = [patch({ name: "attn_scores", layer: 0, regions: [region], value })];
    const { cache } = run(model, tokenRows([CORRUPTED]), { hooks, cacheNames: ["attn_scores"] });
    const [found, before, after] = [cache.attn_scores![0], corrupted.cache.attn_scores![0], value].map(
      (x) => x.arraySync() as number[][][][],
    );
    for (let head = 0; head < 4; head++)
      for (let query = 0; query < 7; query++)
        for (let key = 0; key < 7; key++) {
          const inside = head === 1 && [4, 6].includes(query) && [1, 3].includes(key);
          expect(found[0][head][query][key]).toBe((inside ? after : before)[0][head][query][key]);
        }
  });

  test("the rows of a batch are patched each in its own way, as runs of their own are", () => {
    const { model, clean } = pair();
    const regions = [
      { positions: [6], heads: [0] },
      { positions: DIFFERING, heads: [3, 1] },
      { positions: [], heads: [2] },
    ];
    const value = clean.cache.z![1];
    const together = run(model, tokenRows([CORRUPTED, CORRUPTED, CORRUPTED]), {
      hooks: [patch({ name: "z", layer: 1, regions, value })],
    }).logits;
    for (const [row, region] of regions.entries()) {
      const hooks = [patch({ name: "z", layer: 1, regions: [region], value })];
      const { logits } = run(model, tokenRows([CORRUPTED]), { hooks });
      assertClose(together.slice([row, 0, 0], [1, -1, -1]), logits, { absolute: 1e-5 }, `row ${row}`);
    }
  });

  test("refuses what is not there", () => {
    const { model, clean } = pair();
    const patched = (name: HookName, region: object) => () => {
      const hooks = [
        patch({ name, layer: 0, regions: [{ positions: [0], ...region }], value: clean.cache[name]![0] }),
      ];
      run(model, tokenRows([CORRUPTED]), { hooks });
    };
    expect(patched("z", { heads: [4] })).toThrow("patch z: there is no head 4; they go from 0 to 3.");
    expect(patched("k", { heads: [2] })).toThrow("patch k: there is no head 2; they go from 0 to 1.");
    expect(patched("mlp_out", { positions: [7] })).toThrow("there is no position 7; they go from 0 to 6.");
    expect(patched("mlp_out", { heads: [0] })).toThrow("patch mlp_out: it has no heads to choose from.");
    expect(patched("z", { sources: [0] })).toThrow("patch z: only scores and patterns have sources.");
    const short = patch({
      name: "z",
      layer: 0,
      regions: [{ positions: [0] }],
      value: clean.cache.z![0].slice([0, 0, 0, 0], [1, 5, 4, 6]),
    });
    expect(() => run(model, tokenRows([CORRUPTED]), { hooks: [short] })).toThrow(
      "the run ends at position 7, the value at 5",
    );
  });
});

describe("hooks", () => {
  test("run in the order of registration, see where they are, and must keep the shape", () => {
    const { model } = pair();
    const order: string[] = [];
    const tell = (label: string) => ({
      name: "mlp_out" as const,
      layer: 1,
      fn: (tensor: tf.Tensor, context: object) => {
        order.push(`${label} ${JSON.stringify(context)}`);
        return tensor;
      },
    });
    run(model, tokenRows([CLEAN]), { hooks: [tell("first"), tell("second")] });
    const context = '{"name":"mlp_out","layer":1,"first":0}';
    expect(order).toEqual([`first ${context}`, `second ${context}`]);
    const wrong = { name: "z" as const, layer: 0, fn: (tensor: tf.Tensor) => tensor.sum(2) };
    expect(() => run(model, tokenRows([CLEAN]), { hooks: [wrong] })).toThrow(
      "the hook z of layer 0 returned [1,7,6] for a tensor [1,7,4,6].",
    );
  });

  test("a hook that names no place is refused", () => {
    const { model } = pair();
    const at = (name: string, layer: number) => () =>
      run(model, tokenRows([CLEAN]), { hooks: [{ name: name as HookName, layer, fn: (x) => x }] });
    expect(at("hook_z", 0)).toThrow("there is no hook hook_z; there are embed, resid_pre");
    expect(at("z", 2)).toThrow("the hook z of layer 2 does not exist; layers go from 0 to 1.");
    expect(at("embed", 1)).toThrow("the hook embed of layer 1 does not exist; layers go from 0 to 0.");
  });

  test("TransformerLens has names for them", () => {
    expect(HOOK_NAMES.map((name) => transformerLensName(name, 3))).toEqual([
      "hook_embed",
      "blocks.3.hook_resid_pre",
      "blocks.3.ln1.hook_scale",
      "blocks.3.attn.hook_q",
      "blocks.3.attn.hook_k",
      "blocks.3.attn.hook_v",
      "blocks.3.attn.hook_rot_q",
      "blocks.3.attn.hook_rot_k",
      "blocks.3.attn.hook_attn_scores",
      "blocks.3.attn.hook_pattern",
      "blocks.3.attn.hook_z",
      "blocks.3.attn.hook_result",
      "blocks.3.hook_attn_out",
      "blocks.3.hook_resid_mid",
      "blocks.3.ln2.hook_scale",
      "blocks.3.hook_mlp_out",
      "blocks.3.hook_resid_post",
      "ln_final.hook_scale",
    ]);
  });
});
