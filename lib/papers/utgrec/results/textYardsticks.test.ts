import { expect, test } from "vitest";
import { multiDomainWorld } from "../world/world";
import { textYardsticks } from "./textYardsticks";

test("by the sizes of the lists: 4.03 nats a word where concepts are known, 5.4 or so by the frequencies of the words", () => {
  const { frequencies, concepts } = textYardsticks(multiDomainWorld());
  const expected =
    (3 / 12) * Math.log(12 * 4) +
    (3 / 12) * Math.log(8 * 4) +
    (2 / 12) * (Math.log(6 * 6) + Math.log(10 * 6) + Math.log(40 * 6));
  expect(concepts).toBeCloseTo(expected, 12);
  expect(concepts).toBeCloseTo(4.0273, 3);
  // 5 concepts, 20 cells, 3 styles: ln 5 / 4 + ln 20 / 4 + ln 3 / 6 more, less for 2,400 words are a sample
  const more = Math.log(5) / 4 + Math.log(20) / 4 + Math.log(3) / 6;
  expect(frequencies).toBeGreaterThan(concepts + more - 0.1);
  expect(frequencies).toBeLessThan(concepts + more);
});
