import { expect, it, describe as suite } from "vitest";
import { describe } from "./describe";
import { gallery } from "./gallery";

suite("a figure in words", () => {
  const figures = gallery();

  it("names title, axes and every series with its extent and end", () => {
    expect(describe(figures.line)).toBe(
      [
        "Figure: Validation NDCG@10 while training on MovieLens-100K",
        "  training step (x) against NDCG@10 (y)",
        "  T2ARec: 12 points, y 0.02248 to 0.06839, last 0.06839",
        "  SASRec: 12 points, y 0.01563 to 0.06463, last 0.06463",
        "  GRU4Rec: 12 points, y 0.007278 to 0.05912, last 0.05912",
      ].join("\n"),
    );
  });

  it("lists the bars", () => {
    expect(describe(figures.bar)).toContain("T2ARec: full 0.06379, w/o L_time 0.06139");
    expect(describe(figures.bar)).toContain("paper (SASRec): full 0.06079");
  });

  it("says where intervals lie, and how large a heatmap is", () => {
    expect(describe(figures.interval)).toContain("supported: C1 gain grows with the test segment 0.0042");
    expect(describe(figures.heatmap)).toContain("8 by 8 cells, 0.003775 to 1");
  });

  it("manages a figure of which it knows nothing", () => {
    expect(describe({ data: [{ type: "pie", values: [1, 2] }], layout: {} })).toBe(
      "Figure: without a title\n  pie: pie",
    );
  });
});
