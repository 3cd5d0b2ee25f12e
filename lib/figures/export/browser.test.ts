import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { drawInBrowser, findChromium } from "./browser";

const folder = mkdtempSync(join(tmpdir(), "reprise-browser-"));
afterAll(() => rmSync(folder, { recursive: true }));

const surface = {
  data: [
    {
      type: "surface" as const,
      z: [
        [1, 2],
        [3, 5],
      ],
    },
  ],
  layout: { width: 300, height: 200 },
};

describe("Chromium", () => {
  it("is found by variable or in PATH, and must be a program", () => {
    const program = join(folder, "chromium");
    writeFileSync(program, "");
    expect(findChromium({ PATH: folder })).toBeUndefined();
    expect(() => findChromium({ REPRISE_CHROMIUM: program })).toThrow("no program that can be run");
    chmodSync(program, 0o755);
    expect(findChromium({ PATH: `/nowhere:${folder}` })).toBe(program);
    expect(findChromium({ REPRISE_CHROMIUM: program })).toBe(program);
  });

  it("is asked for by name where it is missing", async () => {
    vi.stubEnv("PATH", folder).stubEnv("REPRISE_CHROMIUM", "");
    rmSync(join(folder, "chromium"));
    await expect(drawInBrowser(surface)).rejects.toThrow(
      /drawing surface needs Chromium.*apt-get install chromium/,
    );
    vi.unstubAllEnvs();
  });

  it("draws a 3D surface where it is installed", async () => {
    if (findChromium() === undefined) {
      await expect(drawInBrowser(surface)).rejects.toThrow("none was found in PATH");
      return;
    }
    const { svg, png } = await drawInBrowser(surface, 2);
    expect(svg).toContain("<svg");
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([600, 400]);
  });
});
