import { describe, expect, test } from "vitest";
import { codePurity } from "../../recsys/generative/codePurity";
import { residualKMeans, uniqueTokenMap } from "../../recsys/generative/tokenizers/residualKMeans";
import { largestCollision } from "../../recsys/generative/tokenMap";
import { loadStreamData, streamDataNames } from "./data";

describe("planted data sets", () => {
  const planted = { users: 30 };

  test("the tree, with its truth", async () => {
    const { data, content, truth, meta, labels } = await loadStreamData("tree", { seed: 4, planted });
    expect([data.users, data.items, content.rows]).toEqual([30, 384, 384]);
    expect([labels.length, labels[6]]).toEqual([384, "t0-1-0"]);
    expect(truth?.parameters).toMatchObject({ seed: 4, structure: "history", hardShare: 0 });
    expect([meta.name, meta.source]).toEqual(["tree", "simulated, seed 4"]);
  });

  test("hard identifiers: the tokenizer finds the codes that were planted, which are not the tree's", async () => {
    const hard = await loadStreamData("tree-hard", { seed: 4, planted });
    const plain = await loadStreamData("tree", { seed: 4, planted });
    const { codes } = residualKMeans(hard.content, { levels: 3, codes: 8, seed: 1 });
    expect(codePurity(codes, hard.truth!.codes).level).toEqual([1, 1, 1]);
    const [first] = codePurity(codes, plain.truth!.codes).level;
    expect(first).toBeGreaterThan(0.7);
    expect(first).toBeLessThan(0.8); // 70%, and of the rest an eighth by chance
    expect(hard.data).toEqual(plain.data);
  });

  test("the flat control", async () => {
    const { truth } = await loadStreamData("tree-flat", { seed: 4, planted });
    expect(truth?.parameters.structure).toBe("last-item");
  });

  test("names", async () => {
    expect(streamDataNames()).toEqual(
      expect.arrayContaining(["tree", "tree-hard", "tree-flat", "ml-100k", "catalogue"]),
    );
    await expect(loadStreamData("tre", { seed: 1 })).rejects.toThrow(
      /no data set "tre"\. Did you mean "tree"\?/,
    );
  });

  test("other data sets come with the content of their catalogue", async () => {
    const { data, content, truth } = await loadStreamData("catalogue", { seed: 2, dimensions: 8 });
    expect([content.rows, content.columns, truth]).toEqual([data.items, 8, undefined]);
  });
});

describe("MovieLens-100K", () => {
  test("ratings of 3 or better, 5-core; genres, decade and title words; codes of two levels and a digit", async () => {
    const { data, content, meta, truth, labels } = await loadStreamData("ml-100k", { seed: 1 });
    expect([data.users, data.items, data.itemIds.length]).toEqual([943, 1203, 81_697]);
    expect([content.rows, meta.name, truth]).toEqual([1203, "ml-100k", undefined]);
    expect(labels[data.itemNames.indexOf("1") - 1]).toBe("Toy Story");
    const row = (name: string) => {
      const at = data.itemNames.indexOf(name) - 1;
      return [...content.values.subarray(at * content.columns, (at + 1) * content.columns)];
    };
    expect(Math.hypot(...row("1"))).toBeCloseTo(Math.sqrt(3), 5); // Toy Story: three parts of length 1
    expect(row("1")).not.toEqual(row("2"));
    const { codes, errors } = residualKMeans(content, { levels: 2, codes: 32, seed: 1 });
    expect(largestCollision(codes)).toBeLessThanOrEqual(32);
    expect(uniqueTokenMap(codes).vocabulary.widths).toEqual([32, 32, 32]);
    expect(errors[2]).toBeLessThan(errors[1]);
  });
});
