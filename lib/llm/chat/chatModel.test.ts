import { expect, test } from "vitest";
import { type ModelInputError, roomFor } from "./chatModel";

test("roomFor", () => {
  const model = { contextLength: 10 };
  expect([roomFor(model, 4, undefined), roomFor(model, 4, 6), roomFor(model, 9, undefined)]).toEqual([
    6, 6, 1,
  ]);
  expect(() => roomFor(model, 4, 7)).toThrow("the prompt has 4 and max_tokens 7");
  const full = (() => {
    try {
      return roomFor(model, 10, undefined);
    } catch (error) {
      return error as ModelInputError;
    }
  })();
  expect(full).toMatchObject({
    code: "context_length_exceeded",
    message: "This model's maximum context length is 10 tokens; the prompt has 10. Shorten the prompt.",
  });
});
