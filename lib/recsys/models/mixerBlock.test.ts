import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { addAndNorm, applyFeedForward, applyLayerNorm, keyStream, normalInit } from "../../nn";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { assertClose, sampleTensor } from "../../tensor/testing";
import { countParameters } from "../../tensor/tree";
import { afterMixer, mixerBlock } from "./mixerBlock";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const block = () => mixerBlock({ dimensions: 4, inner: 6, init: normalInit(0.5) }, Rng.key(1));
const options = { residual: true, activation: "gelu", dropout: 0, epsilon: 1e-6 } as const;

describe("what stands behind a state-space layer", () => {
  test.each([true, false])("two norms, the first with residual %s", (residual) => {
    const params = block();
    const [input, mixed] = [sampleTensor([2, 3, 4], 1), sampleTensor([2, 3, 4], 2)];
    const hidden = applyLayerNorm(params.mixerNorm, residual ? input.add(mixed) : mixed, 1e-6);
    const network = applyFeedForward(params.feedForward, hidden, { activation: "gelu" });
    const expected = addAndNorm(params.feedForwardNorm, hidden, network, { epsilon: 1e-6 });
    assertClose(afterMixer(params, input, mixed, { ...options, residual }), expected);
  });

  test("drops in three places", () => {
    let draws = 0;
    const keys = keyStream(Rng.key(1));
    const counted = {
      next: () => {
        draws++;
        return keys.next();
      },
    };
    const x = sampleTensor([2, 4], 1);
    afterMixer(block(), x, x, { ...options, dropout: 0.5, keys: counted });
    expect(draws).toBe(3);
  });

  test("has two norms and a feed-forward network", () => {
    expect(countParameters(block())).toBe(2 * 8 + 4 * 6 + 6 + 6 * 4 + 4);
  });
});
