import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Hook, run } from "../../../llm/model";
import { tokenRows } from "../../../llm/model/testing";
import { tf } from "../../../tensor";
import { smallSubject } from "../patching/testing";
import { activationsOf } from "./activations";
import { replacementHooks } from "./hooks";
import { type AblationMode, everyModule, type Modules, replacedCells } from "./modules";
import { LISTS, smallPair } from "./testing";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const [LAYERS, HEADS] = [3, 4];

describe("replaced cells", () => {
  test("of keep-only are exactly those that knock-out leaves, as a run sees them", () => {
    const subject = smallSubject();
    const { config } = subject.model;
    const { clean, corrupted, ranges } = smallPair(7);
    const values = activationsOf(subject, [Int32Array.from(corrupted, (token) => (token + 5) % 17)]);
    const changed = (modules: Modules, mode: AblationMode) => {
      const place = { config, length: clean.length, ranges };
      const hooks = replacementHooks([replacedCells(modules, mode, place)], values);
      return changedCells(subject, clean, hooks);
    };
    const all = LAYERS * clean.length * (HEADS + 1);
    for (const [modules, count] of [
      [LISTS[0], 1],
      [LISTS[1], 4 + 2],
      [LISTS[2], 1 + 2 + 4 + 6],
      [LISTS[3], 4 * HEADS + 1],
      [{}, 0],
      [everyModule(config), all],
    ] as const) {
      const [out, kept] = [changed(modules, "knockOut"), changed(modules, "keepOnly")];
      expect(out.size).toBe(count);
      expect(kept.size).toBe(all - count);
      expect([...out].filter((cell) => kept.has(cell))).toEqual([]);
    }
    expect([...changed(LISTS[1], "knockOut")]).toEqual([
      ...[3, 4, 5, 6].map((position) => `z 0 ${position} 0`),
      ...[1, 2].map((position) => `z 2 ${position} 3`),
    ]);
  });
});

/** Names of the cells whose numbers differ behind the hooks from what they were before them. */
function changedCells(
  subject: ReturnType<typeof smallSubject>,
  ids: Int32Array,
  hooks: readonly Hook[],
): Set<string> {
  const found = new Set<string>();
  const watched = (["z", "mlp_out"] as const).flatMap((name) =>
    Array.from({ length: LAYERS }, (_, layer): Hook[] => {
      let before: tf.Tensor;
      return [
        { name, layer, fn: (tensor) => (before = tensor) },
        ...hooks.filter((hook) => hook.name === name && hook.layer === layer),
        {
          name,
          layer,
          fn: (tensor) => {
            const [, , heads = 1] = tensor.shape.length === 4 ? tensor.shape : [];
            const differs = tensor.notEqual(before).any(-1).dataSync();
            for (const [cell, is] of differs.entries())
              if (is) found.add(`${name} ${layer} ${Math.floor(cell / heads)} ${cell % heads}`);
            return tensor;
          },
        },
      ];
    }).flat(),
  );
  run(subject.model, tokenRows([Array.from(ids)]), { hooks: watched });
  return found;
}
