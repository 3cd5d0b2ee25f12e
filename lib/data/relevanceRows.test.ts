import { describe, expect, it } from "vitest";
import { findManifest } from "./manifest";
import { readRelevanceRows } from "./relevanceRows";
import { dataFolders, locateDataset } from "./store";
import { readingText } from "./testing";

const ROW = {
  query: "who?",
  positive_document: " He. ",
  hard_negative_document: ["She.", "It."],
  random_negative_document: ["Noon."],
};

/** The lines of a file, each the good row with changes; of a string the string itself. */
function reading(...lines: (Record<string, unknown> | string)[]) {
  const text = lines.map((line) => (typeof line === "string" ? line : JSON.stringify({ ...ROW, ...line })));
  return readingText(readRelevanceRows, `${text.join("\n")}\n`);
}

describe("readRelevanceRows", () => {
  it("reads every field as it is written; a file may have no random negatives", async () => {
    expect(await reading({}, { query: "😀 when?", random_negative_document: undefined })).toEqual([
      { query: "who?", positive: " He. ", hardNegatives: ["She.", "It."], randomNegatives: ["Noon."] },
      { query: "😀 when?", positive: " He. ", hardNegatives: ["She.", "It."], randomNegatives: [] },
    ]);
  });

  it("names file, line and field of what is wrong", async () => {
    const cases: [Record<string, unknown> | string, RegExp][] = [
      ['{"query":', /file\.txt, line 2: The line is not JSON: .+ Mend the row/],
      ["", /line 2: The line is not JSON/],
      ["[]", /line 2: Expected object, received array\./],
      [{ query: undefined }, /line 2, field "query": Required\./],
      [{ query: "  " }, /line 2, field "query": The text is empty\./],
      [{ query: 7 }, /line 2, field "query": Expected string, received number\./],
      [{ query: "\ud83d x" }, /line 2, field "query": The text has half a surrogate pair\./],
      [{ query: "who?" }, /line 2, field "query": The query has line 1 already\./],
      [{ query: "x", positive_document: null }, /field "positive_document": Expected string/],
      [
        { query: "x", hard_negative_document: [] },
        /field "hard_negative_document": There must be at least one/,
      ],
      [{ query: "x", hard_negative_document: "She." }, /field "hard_negative_document": Expected array/],
      [
        { query: "x", hard_negative_document: ["She.", ""] },
        /field "hard_negative_document\.1": The text is/,
      ],
      [
        { query: "x", hard_negative_document: ["She.", " He. "] },
        /field "hard_negative_document\.1": The document is the positive one/,
      ],
      [{ query: "x", random_negative_document: [" He. "] }, /field "random_negative_document\.0": The doc/],
      [{ query: "x", title: "y" }, /line 2: Unrecognized key\(s\) in object: 'title'\./],
    ];
    for (const [line, message] of cases) await expect(reading({}, line)).rejects.toThrow(message);
    await expect(readingText(readRelevanceRows, "")).rejects.toThrow(/file\.txt: The file is empty/);
    await expect(readRelevanceRows("/nowhere/rows.jsonl")).rejects.toThrow(/There is no such file/);
  });

  it.runIf(dataFolders().given !== undefined)("reads the authors' files", async () => {
    const rowsOf = async (name: string) => {
      const located = await locateDataset(findManifest(name));
      return readRelevanceRows(located!.paths.relevance!);
    };
    const [marco, questions] = [await rowsOf("llm-relevance-msmarco"), await rowsOf("llm-relevance-nq")];
    const words = (texts: string[]) =>
      texts.reduce((sum, one) => sum + one.split(/\s+/).filter((word) => word !== "").length, 0) /
      texts.length;
    expect([marco.length, questions.length]).toEqual([183, 145]);
    expect(marco.every(({ hardNegatives: h, randomNegatives: r }) => h.length === 2 && r.length === 2)).toBe(
      true,
    );
    expect(questions.every(({ randomNegatives }) => randomNegatives.length === 0)).toBe(true);
    expect(words(marco.map(({ query }) => query))).toBeCloseTo(5.6, 1);
    expect(words(marco.map(({ positive }) => positive))).toBeCloseTo(53.3, 1);
    expect(words(marco.flatMap(({ hardNegatives }) => hardNegatives))).toBeCloseTo(57.1, 1);
    expect(words(questions.map(({ query }) => query))).toBeCloseTo(9.4, 1);
    expect(words(questions.map(({ positive }) => positive))).toBeCloseTo(103.7, 1);
    expect(words(questions.flatMap(({ hardNegatives }) => hardNegatives))).toBeCloseTo(103.4, 1);
  });
});
