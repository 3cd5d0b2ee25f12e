import { afterEach, describe, expect, it, vi } from "vitest";
import { type DisplayWriter, display, inKernel, isHeadless, setDisplayWriter } from "./kernel";

afterEach(() => {
  setDisplayWriter(undefined);
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

describe("display", () => {
  it("prints the text where there is no kernel", () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
    display({ "text/plain": "in words", "image/png": "…" });
    display({ "image/png": "…" });
    expect(log.mock.calls).toEqual([["in words"]]);
    expect(inKernel()).toBe(false);
  });

  it("hands the whole bundle to the kernel, with its display id", () => {
    const writer = vi.fn<DisplayWriter>();
    setDisplayWriter(writer);
    expect(inKernel()).toBe(true);
    display({ "text/plain": "a" });
    display({ "text/plain": "b" }, { id: "x", update: true });
    expect(writer.mock.calls).toEqual([
      [{ data: { "text/plain": "a" }, metadata: {}, transient: {} }, false],
      [{ data: { "text/plain": "b" }, metadata: {}, transient: { display_id: "x" } }, true],
    ]);
  });

  it("prints in a kernel's child process, which has the variable and no cell", () => {
    vi.stubEnv("REPRISE_KERNEL", "1");
    expect(inKernel()).toBe(false);
  });

  it("knows from the launcher that nobody watches", () => {
    expect(isHeadless()).toBe(false);
    vi.stubEnv("REPRISE_HEADLESS", "1");
    expect(isHeadless()).toBe(true);
  });
});
