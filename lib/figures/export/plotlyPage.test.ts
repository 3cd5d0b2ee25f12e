import { describe, expect, it } from "vitest";
import { drawInPage } from "./plotlyPage";
import { renderPng } from "./png";
import { renderSvg } from "./svg";

const layout = { width: 320, height: 240 };

describe("Plotly without a browser", () => {
  it("draws before it returns, the same each time", () => {
    const draw = () =>
      drawInPage([{ type: "scatter", y: [1, 3, 2] }], layout).replace(
        /(clip|defs-|topdefs-|legend|trace)[0-9a-f]{6}/g,
        "$1",
      );
    const first = draw();
    expect(first).toContain('class="js-line"');
    expect(draw()).toBe(first);
  });

  it("leaves the figure as it was", () => {
    const figure = { data: [{ type: "scatter" as const, x: [1, 2], y: [2, 1] }], layout: { ...layout } };
    const before = JSON.stringify(figure);
    renderSvg(figure);
    expect(JSON.stringify(figure)).toBe(before);
  });

  it("draws WebGL's scatter, on its twin", () => {
    const figure = {
      data: [{ type: "scattergl" as const, mode: "markers" as const, x: [1, 2, 3], y: [2, 1, 3] }],
      layout,
    };
    expect(renderSvg(figure).match(/class="point"/g)).toHaveLength(3);
  });

  it("keeps heatmap cells sharp", () => {
    const svg = renderSvg({
      data: [
        {
          type: "heatmap",
          z: [
            [0, 1],
            [1, 0],
          ],
        },
      ],
      layout,
    });
    expect(svg).toContain("data:image/png;base64");
    expect(svg).toContain("optimizeSpeed");
    // Enlarged smoothly, four cells would give hundreds of mixed colours.
    expect(renderPng(svg).length).toBeLessThan(12_000);
  });

  it("still draws after a figure that failed", () => {
    expect(() => renderSvg({ data: [{ type: "surface", z: [[1]] }], layout })).toThrow('type "surface"');
    expect(renderSvg({ data: [{ type: "bar", y: [1] }], layout })).toContain("<svg");
  });

  it("keeps Greek and Cyrillic letters", () => {
    const svg = renderSvg({
      data: [{ type: "bar", y: [1] }],
      layout: { ...layout, title: { text: "ΔNDCG Точность" } },
    });
    expect(svg).toContain("ΔNDCG Точность");
  });
});
