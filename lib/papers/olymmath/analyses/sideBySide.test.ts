import { expect, it } from "vitest";
import { sideBySide } from "./sideBySide";

const later = () => new Promise((resolve) => setImmediate(resolve));

it("works on so many at a time, and keeps the order", async () => {
  let [running, most] = [0, 0];
  const slow = async (item: number, index: number) => {
    most = Math.max(most, ++running);
    for (let k = 0; k < 5 - item; k++) await later();
    running--;
    return 10 * item + index;
  };
  expect(await sideBySide([4, 3, 2, 1, 0], slow, 2)).toEqual([40, 31, 22, 13, 4]);
  expect(most).toBe(2);
  expect(await sideBySide([], slow, 2)).toEqual([]);
});

it("begins nothing after an error, lets the rest end, and throws the first", async () => {
  const [begun, ended]: number[][] = [[], []];
  const failing = async (item: number) => {
    begun.push(item);
    if (item === 1) throw new Error("one");
    for (let k = 0; k < 5; k++) await later();
    ended.push(item);
    if (item === 2) throw new Error("two");
  };
  await expect(sideBySide([0, 1, 2, 3, 4], failing, 3)).rejects.toThrow("one");
  expect(begun).toEqual([0, 1, 2]);
  expect(ended).toEqual([0, 2]);
});
