import { describe, expect, test } from "vitest";
import { canonicalJson, runId } from "./identity";

const spec = { experiment: "toy", config: { b: [1, { y: 2, x: null }], a: "text" }, seed: 1 };

describe("a run's name", () => {
  test("does not depend on the order of the fields", () => {
    const other = { seed: 1, config: { a: "text", b: [1, { x: null, y: 2 }] }, experiment: "toy" };
    expect(runId(other, "c0de")).toBe(runId(spec, "c0de"));
    expect(runId(spec, "c0de")).toMatch(/^[0-9a-f]{16}$/);
  });
  test("is another for another experiment, configuration, seed or code", () => {
    const names = [
      runId(spec, "c0de"),
      runId(spec, "c0df"),
      runId({ ...spec, seed: 2 }, "c0de"),
      runId({ ...spec, experiment: "toy2" }, "c0de"),
      runId({ ...spec, config: { ...spec.config, b: [1, { y: 2, x: 0 }] } }, "c0de"),
    ];
    expect(new Set(names).size).toBe(names.length);
  });
});

test("canonical JSON", () => {
  expect(canonicalJson(spec.config)).toBe('{"a":"text","b":[1,{"x":null,"y":2}]}');
  expect(() => canonicalJson({ a: Number.NaN })).toThrow(/cannot hold NaN/);
});
