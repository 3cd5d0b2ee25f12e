import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { gallery } from "../gallery";
import { figureFromJson, toPlain } from "../json";
import { exportFigure, fileScale } from ".";

const folder = mkdtempSync(join(tmpdir(), "reprise-export-"));
afterAll(() => rmSync(folder, { recursive: true }));
const { bar, line } = gallery();

describe("exportFigure", () => {
  it("writes SVG, PNG and JSON into a new folder, and nothing else", async () => {
    const paths = await exportFigure(bar, join(folder, "paper", "ablation"));
    expect(paths.map((path) => path.slice(folder.length))).toEqual([
      "/paper/ablation.svg",
      "/paper/ablation.png",
      "/paper/ablation.json",
    ]);
    expect(readdirSync(join(folder, "paper"))).toHaveLength(3);
    const [svg, png, json] = paths.map((path) => readFileSync(path));
    expect(svg.toString()).toMatch(/^<svg/);
    expect(png.readUInt32BE(16)).toBe(fileScale * (bar.layout.width ?? 0));
    expect(figureFromJson(json.toString())).toEqual(toPlain(bar));
  });

  it("has written before it returns, and replaces what was there", () => {
    const path = join(folder, "again");
    void exportFigure(bar, path);
    const size = statSync(`${path}.json`).size;
    void exportFigure(line, path);
    expect(statSync(`${path}.json`).size).not.toBe(size);
  });

  it("refuses a name with an ending, and leaves nothing where drawing fails", async () => {
    await expect(exportFigure(bar, join(folder, "bar.png"))).rejects.toThrow("without its ending");
    const broken = { data: [{ type: "choropleth" as const }], layout: {} };
    await expect(exportFigure(broken, join(folder, "broken"))).rejects.toThrow('type "choropleth"');
    expect(readdirSync(folder).filter((name) => name.includes("broken"))).toEqual([]);
  });
});
