import { expect, test } from "vitest";
import { tfidf } from "./tfidf";

const documents = [
  ["red", "lamp", "red"],
  ["blue", "lamp"],
  ["green", "chair", "wood"],
  ["blue", "chair", "lamp", "wood"],
];

function dense({ matrix }: ReturnType<typeof tfidf>): number[][] {
  return Array.from({ length: matrix.rows }, (_, row) => {
    const values = new Array<number>(matrix.columns).fill(0);
    for (let k = matrix.offsets[row]; k < matrix.offsets[row + 1]; k++)
      values[matrix.indices[k]] = matrix.values[k];
    return values;
  });
}

// scikit-learn 1.9.1: TfidfVectorizer(analyzer=lambda d: d).fit_transform(documents)
test("the numbers of scikit-learn", () => {
  const result = tfidf(documents);
  expect(result.terms).toEqual(["blue", "chair", "green", "lamp", "red", "wood"]);
  const idf = [1.510825624, 1.510825624, 1.916290732, 1.223143551, 1.916290732, 1.510825624];
  idf.forEach((value, term) => {
    expect(result.idf[term]).toBeCloseTo(value, 8);
  });
  const expected = [
    [0, 0, 0, 0.304035494, 0.952660705, 0],
    [0.777221162, 0, 0, 0.629227515, 0, 0],
    [0, 0.526405434, 0.667678545, 0, 0, 0.526405434],
    [0.52303503, 0.52303503, 0, 0.423441934, 0, 0.52303503],
  ];
  dense(result).forEach((row, i) => {
    row.forEach((value, j) => {
      expect(value).toBeCloseTo(expected[i][j], 8);
    });
  });
});

test("rare terms are left out, and a document of them has an empty row", () => {
  const result = tfidf([["a", "b"], ["a"], ["c"]], { minDocuments: 2 });
  expect(result.terms).toEqual(["a"]);
  expect(dense(result)).toEqual([[1], [1], [0]]);
  expect(() => tfidf([["a"], ["b"]], { minDocuments: 2 })).toThrow(
    "none of 2 terms is in 2 or more of the 2 documents",
  );
});
