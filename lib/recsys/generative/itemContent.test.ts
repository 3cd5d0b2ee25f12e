import { describe, expect, test } from "vitest";
import type { ItemAttributes } from "../attributes";
import { attributeContent, textContent } from "./itemContent";
import { type DenseMatrix, gram } from "./matrix";

const ARTISTS = [
  ["Rock", "Indie"],
  ["Rock"],
  ["Jazz"],
  [],
  ["Jazz", "Soul", "Vocal"],
  ["Indie", "Pop"],
  ["Pop", "Vocal"],
  ["Rock", "Pop", "Indie"],
];
const PRODUCTS = [
  "Acoustic guitar strings, light gauge",
  "Electric guitar strings: NICKEL, light",
  "A guitar stand for 2 guitars",
  "Piano bench; cushion of 2-inch foam",
  "Señor piano: digital_piano 88 keys!",
  "Piano stand, light",
  "Ukulele strings nickel",
  "88 keys digital piano bench",
];

/** Row 0, padding, has none. */
function attributes(documents: readonly (readonly string[])[]): ItemAttributes {
  const names = [...new Set(documents.flat())].sort();
  const flags = [[], ...documents].map((of: readonly string[]) =>
    names.map((name) => Number(of.includes(name))),
  );
  return { names, matrix: Float32Array.from(flags.flat()) };
}

function expectClose(actual: DenseMatrix, expected: readonly number[]): void {
  expect(actual.values).toHaveLength(expected.length);
  expected.forEach((value, k) => {
    expect(actual.values[k]).toBeCloseTo(value, 5);
  });
}

function expectWhite(x: DenseMatrix): void {
  for (let column = 0; column < x.columns; column++) {
    let sum = 0;
    for (let row = 0; row < x.rows; row++) sum += x.values[row * x.columns + column];
    expect(sum / x.rows).toBeCloseTo(0, 5);
  }
  gram(x).values.forEach((value, k) => {
    expect(value / (x.rows - 1)).toBeCloseTo(k % (x.columns + 1) === 0 ? 1 : 0, 4);
  });
}

// scikit-learn 1.9.1: Z = TruncatedSVD(4, algorithm="arpack").fit_transform(X); PCA(3, whiten=True).fit_transform(Z)
describe("the numbers of scikit-learn", () => {
  test("from attributes: X = TfidfVectorizer(analyzer=lambda d: d).fit_transform(ARTISTS)", () => {
    const content = attributeContent(attributes(ARTISTS), 3, { seed: 1 });
    expect([content.rows, content.columns]).toEqual([8, 3]);
    expectClose(
      content,
      [
        [-1.066656772, 0.649998551, -0.280595102],
        [-0.766875543, 1.359903623, 1.167050682],
        [1.275814275, 0.824609247, -1.422925228],
        [0.275464984, 0.148115017, 0.097349692],
        [1.409000032, 0.150098444, 0.559350615],
        [-0.573407694, -1.31933005, -1.152603715],
        [0.466092957, -1.462972446, 1.338013892],
        [-1.019432239, -0.350422385, -0.305640837],
      ].flat(),
    );
    expectWhite(content);
  });

  test("from words: X = TfidfVectorizer().fit_transform(PRODUCTS)", () => {
    const content = textContent(PRODUCTS, 3, { seed: 1 });
    expectClose(
      content,
      [
        [-0.949608555, 0.061524176, -0.155444221],
        [-1.164319561, -0.497257718, -0.118326339],
        [-0.345833911, 1.677938534, -0.255177814],
        [0.798167894, -0.132730516, 2.236808784],
        [1.194075976, -0.461374412, -1.311407571],
        [0.066421135, 1.232935778, -0.041367324],
        [-0.911940109, -1.395330807, 0.055762605],
        [1.31303713, -0.485705034, -0.41084812],
      ].flat(),
    );
    expectWhite(content);
  });
});

describe("content of items", () => {
  test("keeps the angles of TF-IDF where all directions are kept, but for their lengths", () => {
    // Items 3 and 4 share nothing, 0 and 1 most: whitened or not, alike items lie on one side.
    const { values, columns } = textContent(PRODUCTS, 5, { seed: 1 });
    const cosine = (i: number, j: number) => {
      const [x, y] = [i, j].map((k) => values.subarray(k * columns, (k + 1) * columns));
      const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
        Array.from(a).reduce((sum, value, k) => sum + value * b[k], 0);
      return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
    };
    expect(cosine(0, 1)).toBeGreaterThan(cosine(0, 3) + 0.3);
    expect(cosine(4, 7)).toBeGreaterThan(cosine(4, 2) + 0.3);
  });

  test("is the same for the same attributes in any order, and for all items without any", () => {
    const documents = [...ARTISTS, [], ["Indie", "Rock"]];
    const { values } = attributeContent(attributes(documents), 4, { seed: 3 });
    const row = (item: number) => [...values.subarray(item * 4, (item + 1) * 4)];
    expect(row(8)).toEqual(row(3));
    expect(row(9)).toEqual(row(0));
    expect(row(1)).not.toEqual(row(0));
  });

  test("does not depend on the seed, but for rounding, and repeats to the bit", () => {
    const first = textContent(PRODUCTS, 4, { seed: 1 });
    expectClose(textContent(PRODUCTS, 4, { seed: 2 }), [...first.values]);
    expect(textContent(PRODUCTS, 4, { seed: 1 })).toEqual(first);
  });

  test("of all directions that there are is white, and one more is refused with their number", () => {
    const together = attributes([...ARTISTS.slice(0, 6), ["Pop"]]); // Soul and Vocal are one
    const two = [-0.872977343, -1, -0.57550205, -Math.SQRT2, 1.37714598, 0, 0.142666835, 0, 1.37714598, 0];
    expectClose(attributeContent(together, 2, { seed: 1 }), [
      ...two,
      ...[-0.872977343, 1, -0.57550205, Math.SQRT2],
    ]); // scikit-learn's again
    expectWhite(attributeContent(together, 5, { seed: 1 }));
    expect(() => attributeContent(together, 6, { seed: 1 })).toThrow(
      "attributeContent: 7 items of 6 different terms differ in 5 independent directions, fewer than 6 dimensions: choose 1 to 5.",
    );
    expect(() => attributeContent(together, 128, { seed: 1 })).toThrow("choose 1 to 5");
    expectWhite(textContent(PRODUCTS, 7, { seed: 1 })); // 22 words of 8 products: centred, 7 directions
    expect(() => textContent(PRODUCTS, 8, { seed: 1 })).toThrow("in 7 independent directions");
  });

  test("knows that centring can cost a direction", () => {
    const one = attributes([["a"], ["b"], ["c"], ["a"], ["b"], ["c"]]); // each item has exactly one
    expectWhite(attributeContent(one, 2, { seed: 1 }));
    expect(() => attributeContent(one, 3, { seed: 1 })).toThrow("choose 1 to 2");
    const without = attributes([["a"], ["b"], ["c"], ["a"], ["b"], []]);
    expectWhite(attributeContent(without, 3, { seed: 1 }));
    const same = attributes([["a"], ["a"], ["a"]]);
    expect(() => attributeContent(same, 1, { seed: 1 })).toThrow(
      "0 independent directions, fewer than 1 dimensions: give items that differ",
    );
  });

  test("leaves out words of few items on demand, and refuses items without words, and no dimensions", () => {
    const kept = textContent(PRODUCTS, 2, { seed: 1, minItems: 2 });
    const few = PRODUCTS.map((text) => (text.toLowerCase().match(/\w{2,}/g) ?? []).join(" "));
    expect(textContent(few.slice(), 2, { seed: 1, minItems: 2 })).toEqual(kept);
    expect(kept).not.toEqual(textContent(PRODUCTS, 2, { seed: 1 }));
    expect(() => textContent(["a", "! ?"], 1, { seed: 1 })).toThrow("none of 0 terms");
    expect(() => attributeContent(attributes([[], []]), 1, { seed: 1 })).toThrow("no item has an attribute");
    for (const dimensions of [0, -1, 1.5, Number.NaN])
      expect(() => textContent(PRODUCTS, dimensions, { seed: 1 })).toThrow("must be a whole number >= 1");
  });
});

test("without whitening the same coordinates keep their variances, the largest first", () => {
  const options = { seed: 1 };
  const white = attributeContent(attributes(ARTISTS), 3, options);
  const plain = attributeContent(attributes(ARTISTS), 3, { ...options, whiten: false });
  const deviations = [0, 1, 2].map((k) => {
    const column = Array.from({ length: 8 }, (_, row) => plain.values[3 * row + k]);
    return Math.sqrt(column.reduce((sum, value) => sum + value ** 2, 0) / 7);
  });
  expect(deviations[0]).toBeGreaterThan(deviations[1]);
  expect(deviations[1]).toBeGreaterThan(deviations[2]);
  plain.values.forEach((value, k) => {
    expect(value / deviations[k % 3]).toBeCloseTo(white.values[k], 5);
  });
});
