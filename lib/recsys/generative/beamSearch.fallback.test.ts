import { expect, test, vi } from "vitest";

vi.hoisted(() => {
  process.env.REPRISE_BACKEND = "cpu";
});

import { isNative, tf } from "../../tensor";
import { assertClose } from "../../tensor/testing";
import { beamSearch } from "./beamSearch";
import { isPrefix, nextTokens, referenceSearch } from "./beamTesting";
import { itemCodes } from "./itemCodes";
import { smallT5 } from "./t5Testing";
import { identifierVocabulary, tokenMap } from "./tokenMap";
import { trieTensors } from "./trieTensors";

test("on the JavaScript backend beam search is the plain one", () => {
  expect(isNative()).toBe(false);
  const codes = itemCodes(Int32Array.of(0, 1, 2, 2, 2, 2, 1, 0, 2, 2), 2, 3);
  const map = tokenMap(codes, identifierVocabulary(codes));
  const { user, end, size } = map.vocabulary;
  const model = smallT5({ vocabulary: size });
  const inputs = [user, 3, 6, 8, end, 0];
  const next = nextTokens(model, inputs, 3);
  for (const constrained of [false, true]) {
    const found = beamSearch(model, tf.tensor2d([inputs], [1, 6], "int32"), trieTensors(map), {
      beams: 4,
      constrained,
    });
    const expected = referenceSearch(next, 3, 4, constrained ? isPrefix(map) : undefined);
    expect(found.tokens.arraySync()).toEqual([expected.map(({ tokens }) => tokens)]);
    assertClose(found.scores, tf.tensor2d([expected.map(({ score }) => score)]), { absolute: 1e-5 });
    expect(found.items.arraySync()[0].every((item) => item > 0)).toBe(constrained);
  }
});
