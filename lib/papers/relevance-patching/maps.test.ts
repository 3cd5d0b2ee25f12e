import { describe, expect, it } from "vitest";
import { headSitesOf, streamLayers, streamSitesOf, sweptLists } from "./maps";

describe("the layers of the stream that are patched", () => {
  it("are every so many, counted from the last one", () => {
    const layers = (count: number, layerStep: number) =>
      streamLayers({ layers: count, heads: 1 }, { layerStep });
    expect(layers(4, 1)).toEqual([0, 1, 2, 3]);
    expect(layers(6, 3)).toEqual([2, 5]);
    expect(layers(7, 3)).toEqual([0, 3, 6]);
    expect(layers(30, 3)).toEqual([2, 5, 8, 11, 14, 17, 20, 23, 26, 29]);
    expect(layers(3, 5)).toEqual([2]);
  });
});

describe("sites", () => {
  it("of the stream go hook by hook, layer by layer, group by group", () => {
    const sites = streamSitesOf({ layers: 4, heads: 2 }, { layerStep: 2 });
    expect(sites).toHaveLength(3 * 2 * 4);
    const at = (hook: number, layer: number, group: number) => sites[(hook * 2 + layer) * 4 + group];
    expect(at(0, 0, 0)).toEqual({ hook: "resid_post", layer: 1, group: "doc_all" });
    expect(at(1, 1, 1)).toEqual({ hook: "attn_out", layer: 3, group: "query_all" });
    expect(at(2, 0, 2)).toEqual({ hook: "mlp_out", layer: 1, group: "inst_all" });
    expect(at(2, 1, 3)).toEqual({ hook: "mlp_out", layer: 3, group: "last" });
  });

  it("of heads go layer by layer, head by head, group by group", () => {
    const size = { layers: 2, heads: 3 };
    const every = headSitesOf(size, { allGroups: true });
    expect(every).toHaveLength(2 * 3 * 4);
    expect(every[(1 * 3 + 2) * 4 + 1]).toEqual({ hook: "z", layer: 1, head: 2, group: "query_all" });
    const few = headSitesOf(size, { allGroups: false });
    expect(few).toHaveLength(2 * 3 * 2);
    expect(few[(0 * 3 + 1) * 2 + 0]).toEqual({ hook: "z", layer: 0, head: 1, group: "query_all" });
    expect(few[few.length - 1]).toEqual({ hook: "z", layer: 1, head: 2, group: "last" });
  });
});

it("heads are ablated up to the largest list", () => {
  expect(sweptLists({ largestList: 40 })).toEqual([1, 2, 5, 10, 20, 40]);
  expect(sweptLists({ largestList: 12 })).toEqual([1, 2, 5, 10]);
  expect(sweptLists({ largestList: 1 })).toEqual([1]);
});
