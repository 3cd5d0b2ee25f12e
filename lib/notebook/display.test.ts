import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { gallery } from "../figures/gallery";
import { toPlain } from "../figures/json";
import { figureBundle, show, showNow } from "./display";
import { type DisplayWriter, setDisplayWriter } from "./kernel";

const { line, bar } = gallery();
const plotly = "application/vnd.plotly.v1+json";

afterEach(() => {
  setDisplayWriter(undefined);
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

describe("a figure's bundle", () => {
  it("holds Plotly's JSON as an object, words, and a picture: SVG for a reader, PNG for a file", () => {
    const watched = figureBundle(line, false);
    expect(Object.keys(watched).sort()).toEqual([plotly, "image/svg+xml", "text/plain"]);
    expect(watched[plotly]).toEqual({ ...toPlain(line), config: { displaylogo: false } });
    expect(watched["text/plain"]).toContain("T2ARec: 12 points");
    const headless = figureBundle(line, true);
    expect(Object.keys(headless).sort()).toEqual([plotly, "image/png", "text/plain"]);
    const png = Buffer.from(String(headless["image/png"]), "base64");
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([720, 420]);
  });

  it("stays small, and leaves out an interactive form that isn't", () => {
    expect(JSON.stringify(figureBundle(bar, true)).length).toBeLessThan(60_000);
    const y = Array.from({ length: 40_000 }, (_, index) => Math.sqrt(index));
    const large = { data: [{ type: "scatter" as const, mode: "lines" as const, y }], layout: {} };
    expect(Object.keys(figureBundle(large, true)).sort()).toEqual(["image/png", "text/plain"]);
  });
});

describe("show", () => {
  it("prints the description outside a notebook, and draws nothing", async () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
    await show({ data: [{ type: "surface", name: "loss", z: [[1, 2]] }], layout: {} });
    expect(log).toHaveBeenCalledWith("Figure: without a title\n  loss: 1 by 2 cells, 1 to 2");
  });

  it("has sent one bundle before it returns", () => {
    const writer = vi.fn<DisplayWriter>();
    setDisplayWriter(writer);
    void show(bar);
    expect(writer).toHaveBeenCalledTimes(1);
    expect(writer.mock.calls[0][0].data).toHaveProperty("image/svg+xml");
    expect(JSON.stringify(writer.mock.calls[0][0])).not.toMatch(/<script|text\/html/);
  });

  it("exports where paper and name are given, to the folder of REPRISE_FIGURES", async () => {
    vi.spyOn(console, "log").mockImplementation(() => undefined);
    const folder = mkdtempSync(join(tmpdir(), "reprise-show-"));
    vi.stubEnv("REPRISE_FIGURES", folder);
    await show(bar, { paper: "t2arec", name: "ablation" });
    expect(readdirSync(join(folder, "t2arec")).sort()).toEqual([
      "ablation.json",
      "ablation.png",
      "ablation.svg",
    ]);
    rmSync(folder, { recursive: true });
    vi.stubEnv("REPRISE_FIGURES", "none");
    await show(bar, { paper: "t2arec", name: "ablation" });
    await expect(show(bar, { name: "ablation" })).rejects.toThrow("give both");
  });

  it("refuses WebGL where it must draw at once", () => {
    setDisplayWriter(vi.fn<DisplayWriter>());
    expect(() => showNow({ data: [{ type: "scatter3d" }], layout: {} })).toThrow('type "scatter3d"');
  });
});
