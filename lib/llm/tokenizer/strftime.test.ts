import { expect, test } from "vitest";
import { strftime } from "./strftime";

const DATE = new Date(2024, 6, 6, 9, 5, 3);

test.each([
  ["%d %b %Y", "06 Jul 2024"],
  ["%A, %B %d, %y", "Saturday, July 06, 24"],
  ["%a %Y-%m-%dT%H:%M:%S", "Sat 2024-07-06T09:05:03"],
  ["100%% %%d", "100% %d"],
])("%s", (format, expected) => {
  expect(strftime(DATE, format)).toBe(expected);
});

test.each(["%Q", "%", "%toString"])("%s is refused", (format) => {
  expect(() => strftime(DATE, format)).toThrow(/^strftime: %.? is not implemented; there are %Y, /);
});
