import { describe, expect, it } from "vitest";
import { complaintAboutNode } from "./node-version.cjs";
import { compareVersions, nodeIsSupported, parseVersion, pythonIsSupported } from "./versions.cjs";

describe("versions", () => {
  it("are read from what programs print", () => {
    expect(parseVersion("v20.19.1")).toEqual([20, 19, 1]);
    expect(parseVersion("Python 3.11")).toEqual([3, 11, 0]);
    expect(parseVersion("3.13.0rc1")).toEqual([3, 13, 0]);
    expect(parseVersion("command not found")).toBeUndefined();
  });

  it("compare by number, not by letter", () => {
    expect(compareVersions("3.9", "3.10")).toBeLessThan(0);
    expect(compareVersions("20.19.0", "20.19")).toBe(0);
    expect(() => compareVersions("3.9", "none")).toThrow("none");
  });

  it.each([
    ["3.9.18", false],
    ["3.10.0", true],
    ["3.13.9", true],
    ["3.14.0", false],
    ["2.7.18", false],
  ])("Python %s: supported %s", (version, supported) => {
    expect(pythonIsSupported(version)).toBe(supported);
  });

  it.each(["18.20.0", "20.18.3", "12.0.0", "20.19.0", "22.0.0"])(
    "Node %s gets a complaint exactly where it is not supported",
    (version) => {
      expect(complaintAboutNode(version) === "").toBe(nodeIsSupported(version));
    },
  );

  it("tell an old Node what to do", () => {
    expect(complaintAboutNode("18.20.0")).toMatch(/Node 18\.20\.0 is too old.*20\.19[\s\S]*nvm install/);
  });
});
