import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { PypiSource } from "./manifest";
import { downloadWheel } from "./pip";
import { scene } from "./testingDataset";

it("lands a wheel whose hash is right", async () => {
  await scene(async ({ folder, manifest, options }) => {
    const path = join(folder, "data.whl");
    await downloadWheel(manifest.sources[1] as PypiSource, path, options.environment);
    expect(existsSync(path)).toBe(true);
    expect(existsSync(`${path}.pip`)).toBe(false);
  });
});

it("says what pip said: wrong hash, unknown version", async () => {
  await scene(async ({ folder, manifest, options }) => {
    const source = manifest.sources[1] as PypiSource;
    const fetch = (change: Partial<PypiSource>) =>
      downloadWheel({ ...source, ...change }, join(folder, "data.whl"), options.environment);
    const before = readdirSync(folder);
    await expect(fetch({ sha256: "0".repeat(64) })).rejects.toThrow(
      /tinydata==1\.0: pip could not fetch it: .*(HASH|hash)/i,
    );
    await expect(fetch({ version: "9.9" })).rejects.toThrow(/tinydata==9\.9: pip could not fetch it: .*9\.9/);
    expect(readdirSync(folder)).toEqual(before);
  });
});
