import { expect, test, vi } from "vitest";

vi.hoisted(() => {
  process.env.REPRISE_BACKEND = "cpu";
});

import { isNative, tf } from "../../tensor";
import { sampler } from "./sampler";
import { SOME_DRAWS, someDraws } from "./testing";

test("draws on the JavaScript backend are those of TensorFlow", () => {
  expect(isNative()).toBe(false);
  const before = tf.memory().numTensors;
  expect(someDraws(sampler())).toEqual(SOME_DRAWS);
  expect(tf.memory().numTensors).toBe(before);
});
