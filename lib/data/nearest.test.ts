import { describe, expect, it } from "vitest";
import { editDistance, nearestName } from "./nearest";

describe("nearestName", () => {
  it("finds a mistyped name, and nothing where none is near", () => {
    expect(nearestName("ML-100", ["ml-100k", "simulator"])).toBe("ml-100k");
    expect(nearestName("simulater", ["ml-100k", "simulator", "simulator-item-gaps"])).toBe("simulator");
    expect(nearestName("zzz", ["ml-100k"])).toBeUndefined();
    expect(editDistance("kitten", "sitting")).toBe(3);
  });
});
