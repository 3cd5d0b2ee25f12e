import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Hook, patch, run } from "../../../llm/model";
import { tokenRows } from "../../../llm/model/testing";
import { tf } from "../../../tensor";
import { assertClose } from "../../../tensor/testing";
import { smallSubject } from "../patching/testing";
import type { PromptPair } from "../prompts/pairs";
import { type PositionGroup, positionsOf } from "../prompts/positionGroups";
import { type AblationOptions, type Ablations, ablate } from "./ablate";
import { activationsOf, meanActivations } from "./activations";
import { type AblationMode, everyModule, type Modules } from "./modules";
import {
  datasetMean,
  oppositeLabel,
  queryMean,
  type ReplacementSource,
  resampled,
  SIDES,
  type Side,
  zeros,
} from "./replacement";
import { LISTS, smallPair, smallPairs } from "./testing";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const TOLERANCE = { absolute: 2e-5, relative: 2e-5 };
const [LAYERS, HEADS] = [3, 4];
const close = (found: Ablations["intact"], expected: Ablations["intact"], what?: string) => {
  for (const side of SIDES)
    assertClose(Array.from(found[side]), Array.from(expected[side]), TOLERANCE, `${what} ${side}`);
};

/** d of one prompt, run whole. */
function wholeRun(subject: ReturnType<typeof smallSubject>, ids: Int32Array, hooks: readonly Hook[]): number {
  const { model, answers } = subject;
  const logits = run(model, tokenRows([Array.from(ids)]), { hooks }).logits.dataSync();
  const last = (ids.length - 1) * model.config.vocabulary;
  return logits[last + answers.yes] - logits[last + answers.no];
}

describe("ablate", () => {
  test("knock-out of nothing and keep-only of everything are the intact model", () => {
    const subject = smallSubject();
    const pairs = smallPairs(3);
    const whole = pairs.map(({ clean }) => wholeRun(subject, clean, []));
    const { intact, ablated } = ablate(subject, pairs, [{}, {}], { replacement: zeros });
    expect(ablated).toEqual([intact, intact]);
    assertClose(Array.from(intact.clean), whole, TOLERANCE);
    const all = [everyModule(subject.model.config)];
    const kept = ablate(subject, pairs, all, { replacement: zeros, mode: "keepOnly" });
    expect(kept.ablated).toEqual([kept.intact]);
  });

  test("is a run of everything in which loops over the cells put the values, whatever runs side by side", () => {
    const subject = smallSubject();
    const pairs = [smallPair(0), smallPair(2)];
    const lists = [LISTS[0], LISTS[2], LISTS[3]];
    for (const mode of ["knockOut", "keepOnly"] as const) {
      const options = { replacement: oppositeLabel, mode };
      const together = ablate(subject, pairs, lists, options);
      const inTwos = ablate(subject, pairs, lists, { ...options, batch: 2 });
      for (const [c, modules] of lists.entries()) {
        const [alone] = ablate(subject, pairs, [modules], options).ablated;
        const expected = slowAblation(subject, pairs, modules, mode);
        close(together.ablated[c], expected, `${mode} of list ${c}`);
        close(inTwos.ablated[c], expected);
        close(alone, expected);
        expect(Math.abs(expected.clean[0] - together.intact.clean[0])).toBeGreaterThan(1e-3);
      }
    }
  });

  test("a layer's attention is attn_out as a whole", () => {
    const subject = smallSubject();
    const pair = smallPair(5);
    const group = "doc_all" as const;
    const { cache } = run(subject.model, tokenRows([Array.from(pair.corrupted)]), {
      cacheNames: ["attn_out"],
    });
    const value = cache.attn_out![1];
    const regions = [{ positions: positionsOf(group, pair.clean.length, pair.ranges) }];
    const expected = wholeRun(subject, pair.clean, [patch({ name: "attn_out", layer: 1, regions, value })]);
    const { ablated } = ablate(subject, [pair], [{ attns: [{ layer: 1, group }] }], {
      replacement: oppositeLabel,
    });
    assertClose([ablated[0].clean[0]], [expected], TOLERANCE);
  });

  test("the mean of two equal prompts, and what a prompt resamples from itself, change nothing", () => {
    const subject = smallSubject();
    const pairs = smallPairs(4).map((pair): PromptPair => ({ ...pair, corrupted: pair.clean }));
    const heads = [{ attns: everyModule(subject.model.config).attns }];
    const mean = ablate(subject, pairs, heads, { replacement: queryMean });
    close(mean.ablated[0], mean.intact);
    const different = smallPairs(4);
    const itself = resampled((pair, side) => pair[side]);
    const same = ablate(subject, different, LISTS, { replacement: itself, mode: "keepOnly" });
    for (const ablated of same.ablated) close(ablated, same.intact);
    const moved = ablate(subject, different, heads, { replacement: queryMean });
    expect(Math.abs(moved.ablated[0].clean[0] - moved.intact.clean[0])).toBeGreaterThan(1e-3);
  });

  test("zeros are no output at all, and means over one prompt are that prompt's activations", () => {
    const subject = smallSubject();
    const pair = smallPair(4);
    const modules = [{ attns: [{ layer: 1, group: "all" }], mlps: [{ layer: 2, group: "all" }] }] as const;
    const out = (["attn_out", "mlp_out"] as const).map(
      (name, i): Hook => ({ name, layer: i + 1, fn: (tensor) => tf.zerosLike(tensor) }),
    );
    const [silent] = ablate(subject, [pair], modules, { replacement: zeros }).ablated;
    assertClose([silent.clean[0]], [wholeRun(subject, pair.clean, out)], TOLERANCE);
    const means = datasetMean(meanActivations(subject, [pair.corrupted]));
    const [one] = ablate(subject, [pair], modules, { replacement: means }).ablated;
    const [opposite] = ablate(subject, [pair], modules, { replacement: oppositeLabel }).ablated;
    assertClose([one.clean[0]], [opposite.clean[0]], TOLERANCE);
    expect(Math.abs(silent.clean[0] - one.clean[0])).toBeGreaterThan(1e-3);
  });

  test("the mean of a query is half way between its prompts", () => {
    const of = (value: number) => ({
      z: [tf.fill([1, 2, 1, 2], value)],
      mlp_out: [tf.fill([1, 2, 2], -value)],
    });
    const source = { own: (side: Side) => of(side === "clean" ? 1 : 4) } as unknown as ReplacementSource;
    for (const side of SIDES) {
      const { z, mlp_out } = queryMean(source, side);
      expect(new Set(z[0].dataSync())).toEqual(new Set([2.5]));
      expect(new Set(mlp_out[0].dataSync())).toEqual(new Set([-2.5]));
    }
  });

  test("resampling everything from the opposite prompt answers it", () => {
    // The residual stream still begins with the prompt's own embedding, which the two have in common at the end.
    const subject = smallSubject();
    const pair = smallPair(3);
    const all = [everyModule(subject.model.config)];
    const byName = ablate(subject, [pair], all, { replacement: oppositeLabel });
    const byDonor = ablate(subject, [pair], all, {
      replacement: resampled((p, side) => (side === "clean" ? p.corrupted : p.clean)),
    });
    for (const { intact, ablated } of [byName, byDonor])
      close(ablated[0], { clean: intact.corrupted, corrupted: intact.clean });
  });

  test("frees everything, and says how far it is", () => {
    const subject = smallSubject();
    const pairs = smallPairs(3);
    const means = meanActivations(subject, [pairs[0].clean, pairs[2].corrupted]);
    const replacements = [zeros, queryMean, oppositeLabel, resampled((pair) => pair.clean)];
    const before = tf.memory().numTensors;
    for (const replacement of replacements) ablate(subject, pairs.slice(0, 1), LISTS, { replacement });
    ablate(subject, [pairs[0]], LISTS, { replacement: datasetMean(means), mode: "keepOnly" });
    expect(tf.memory().numTensors).toBe(before);
    const told: number[][] = [];
    ablate(subject, pairs, [LISTS[0]], {
      replacement: zeros,
      onProgress: (done, total) => told.push([done, total]),
    });
    // Two pairs of one length at once, then the one of the other.
    expect(told).toEqual([
      [2, 3],
      [3, 3],
    ]);
  });

  test("refuses what it cannot do, by name", () => {
    const subject = smallSubject();
    const pair = smallPair(1);
    const of = (modules: Modules, options: Partial<AblationOptions> = {}, pairs = [pair]) => {
      return () => ablate(subject, pairs, [modules], { replacement: zeros, ...options });
    };
    expect(of({ heads: [{ layer: 3, head: 0, group: "all" }] })).toThrow(
      "The model has no layer 3; they go from 0 to 2.",
    );
    expect(of({ heads: [{ layer: 0, head: 4, group: "all" }] })).toThrow(
      "The model has no head 4; they go from 0 to 3.",
    );
    expect(of({ mlps: [{ layer: 0, group: "nowhere" as PositionGroup }] })).toThrow(
      /There is no group nowhere/,
    );
    expect(of({}, {}, [])).toThrow("There is no pair to judge.");
    const uneven = { ...pair, corrupted: pair.corrupted.slice(1) };
    expect(of({}, {}, [pair, uneven])).toThrow(
      "Pair 2: the clean prompt has 10 tokens, the corrupted one 9.",
    );
    const donor = resampled(() => pair.clean.slice(2));
    expect(of({}, { replacement: donor })).toThrow(
      "The prompt to resample from has 8 tokens, the clean one 10: positions would not correspond.",
    );
    const means = meanActivations(subject, [pair.clean.slice(2)]);
    expect(of(LISTS[0], { replacement: datasetMean(means) })).toThrow(
      "The replacement values are of prompts of 8 tokens; this one has 10.",
    );
    const two = activationsOf(subject, [pair.clean, pair.clean, pair.clean]);
    expect(of(LISTS[0], { replacement: () => two }, [pair, pair])).toThrow(
      "The replacement values are of 3 prompts; there are 2.",
    );
  });
});

/** The opposite prompt's activations, written number by number into whole runs of single prompts. */
function slowAblation(
  subject: ReturnType<typeof smallSubject>,
  pairs: readonly PromptPair[],
  { heads = [], mlps = [], attns = [] }: Modules,
  mode: AblationMode,
): Ablations["intact"] {
  const answer = ({ clean, corrupted, ranges }: PromptPair, side: "clean" | "corrupted") => {
    const [ids, other] = side === "clean" ? [clean, corrupted] : [corrupted, clean];
    const isAt = (group: PositionGroup, position: number) =>
      positionsOf(group, ids.length, ranges).includes(position);
    const listed = {
      z: (layer: number, position: number, head: number) =>
        heads.some((h) => h.layer === layer && h.head === head && isAt(h.group, position)) ||
        attns.some((a) => a.layer === layer && isAt(a.group, position)),
      mlp_out: (layer: number, position: number) =>
        mlps.some((m) => m.layer === layer && isAt(m.group, position)),
    };
    const { cache } = run(subject.model, tokenRows([Array.from(other)]), { cacheNames: ["z", "mlp_out"] });
    const hooks = (["z", "mlp_out"] as const).flatMap((name) =>
      Array.from(
        { length: LAYERS },
        (_, layer): Hook => ({
          name,
          layer,
          fn: (tensor) => {
            const [values, others] = [tensor.dataSync().slice(), cache[name]![layer].dataSync()];
            const perPosition = values.length / ids.length;
            const perHead = name === "z" ? perPosition / HEADS : perPosition;
            for (let i = 0; i < values.length; i++) {
              const [position, head] = [Math.floor(i / perPosition), Math.floor((i % perPosition) / perHead)];
              if (listed[name](layer, position, head) === (mode === "knockOut")) values[i] = others[i];
            }
            return tf.tensor(values, tensor.shape);
          },
        }),
      ),
    );
    return wholeRun(subject, ids, hooks);
  };
  return {
    clean: pairs.map((pair) => answer(pair, "clean")),
    corrupted: pairs.map((pair) => answer(pair, "corrupted")),
  };
}
