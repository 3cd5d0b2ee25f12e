import { describe, expect, it, vi } from "vitest";

vi.hoisted(() => {
  process.env.REPRISE_BACKEND = "cpu";
});

import { isNative } from "..";
import { checkGradient, checkValue } from "./caseChecks";
import { opCases } from "./cases";

it("runs on the JavaScript backend", () => expect(isNative()).toBe(false));

describe.each(opCases.map((operation) => [operation.name, operation] as const))("%s", (_, operation) => {
  it("is what its definition says, and so is its gradient", () => {
    checkValue(operation);
    if (operation.differentiable !== false) checkGradient(operation);
  });
});
