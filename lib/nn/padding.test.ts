import { afterEach, beforeEach, test } from "vitest";
import { tf } from "../tensor";
import { assertClose } from "../tensor/testing";
import { padAxis } from ".";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

test("padAxis puts zeros on either side of one axis", () => {
  assertClose(padAxis(tf.tensor2d([[1, 2]]), 1, 1, 2), [[0, 1, 2, 0, 0]]);
});
