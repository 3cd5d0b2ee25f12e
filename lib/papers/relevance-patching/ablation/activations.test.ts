import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../../../tensor";
import { assertClose } from "../../../tensor/testing";
import { smallSubject } from "../patching/testing";
import { activationsOf, meanActivations } from "./activations";
import { smallPair } from "./testing";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const LAYERS = 3;
const TOLERANCE = { absolute: 2e-5, relative: 2e-5 };

describe("meanActivations", () => {
  test("is the mean over prompts, position by position, as plain loops have it", () => {
    const subject = smallSubject();
    const prompts = [0, 2, 4, 6, 8].map((seed) => smallPair(seed).clean);
    const before = tf.memory().numTensors;
    const means = meanActivations(subject, prompts, { batch: 2 });
    expect(tf.memory().numTensors).toBe(before + 2 * LAYERS);
    for (const name of ["z", "mlp_out"] as const)
      for (let layer = 0; layer < LAYERS; layer++) {
        const single = prompts.map((prompt) => activationsOf(subject, [prompt])[name][layer]);
        const each = single.map((tensor) => tensor.dataSync());
        const expected = Array.from(
          each[0],
          (_, i) => each.reduce((sum, values) => sum + values[i], 0) / each.length,
        );
        expect(means[name][layer].shape).toEqual(single[0].shape);
        assertClose(Array.from(means[name][layer].dataSync()), expected, TOLERANCE, `${name} ${layer}`);
      }
  });

  test("refuses prompts of several lengths, and none", () => {
    const subject = smallSubject();
    expect(() => meanActivations(subject, [new Int32Array(3), new Int32Array(4)])).toThrow(
      "Prompts side by side must be of one length; these have 3, 4 tokens.",
    );
    expect(() => meanActivations(subject, [])).toThrow("There is no prompt to run.");
  });
});
