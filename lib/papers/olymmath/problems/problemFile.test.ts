import { describe, expect, it } from "vitest";
import { readingText } from "../../../data/testing";
import { readProblemFile } from "./problemFile";

const ROW = { problem: "What is $1+1$?", answer: "2", subject: "Algebra", unique_id: "SYNTH-EASY-0-EN" };

/** The lines of a file, each the good row with its number and changes; a string as it is. */
function reading(...lines: (Record<string, unknown> | string)[]) {
  const text = lines.map((line, row) =>
    typeof line === "string" ? line : JSON.stringify({ ...ROW, unique_id: `SYNTH-EASY-${row}-EN`, ...line }),
  );
  return readingText(readProblemFile, `${text.join("\n")}\n`);
}

describe("readProblemFile", () => {
  it("reads every field as it is written, and the file's hash", async () => {
    const set = await reading({}, { subject: "Number Theory", trap: "3", problem: " Why? 😀 " });
    expect(set).toMatchObject({ name: "EN-EASY", synthetic: true });
    expect(set.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(set.problems).toEqual([
      {
        id: "SYNTH-EASY-0-EN",
        tier: "EASY",
        language: "EN",
        index: 0,
        field: "Algebra",
        text: "What is $1+1$?",
        answer: "2",
      },
      {
        id: "SYNTH-EASY-1-EN",
        tier: "EASY",
        language: "EN",
        index: 1,
        field: "Number Theory",
        text: " Why? 😀 ",
        answer: "2",
        trap: "3",
      },
    ]);
    const chinese = { unique_id: "OlymMATH-HARD-0-ZH", subject: "组合" };
    expect(await reading(chinese)).toMatchObject({
      name: "ZH-HARD",
      synthetic: false,
      problems: [{ field: "Combinatorics", language: "ZH", tier: "HARD" }],
    });
  });

  it.each<[string, Record<string, unknown> | string, RegExp]>([
    ["no JSON", '{"problem":', /file\.txt, line 2: The line is not JSON: .+ Mend the row/],
    ["a blank line", "", /line 2: The line is not JSON/],
    ["a list", "[]", /line 2: Expected object, received array\./],
    ["no problem", { problem: undefined }, /line 2, field "problem": Required\./],
    ["a number for an answer", { answer: 2 }, /line 2, field "answer": Expected string, received number\./],
    ["an empty answer", { answer: " " }, /line 2, field "answer": The text is empty\./],
    ["half a character", { problem: "\ud83d" }, /field "problem": The text has half a surrogate pair\./],
    ["dollars", { answer: "$2$" }, /line 2, field "answer": The answer has a dollar sign\./],
    ["an unknown field", { solution: "x" }, /line 2: Unrecognized key\(s\) in object: 'solution'\./],
    ["no subject", { subject: "Logic" }, /line 2, field "subject": "Logic" is none of Algebra, Geometry, /],
    ["a subject of the other language", { subject: "代数" }, /field "subject": "代数" is none of Algebra/],
    [
      "another kind of name",
      { unique_id: "SYNTH-EASY-01-EN" },
      /field "unique_id": It must be like OlymMATH-HARD-0-EN\./,
    ],
    [
      "a number twice",
      { unique_id: "SYNTH-EASY-0-EN" },
      /field "unique_id": The number is 0, the row is number 1\./,
    ],
    [
      "another tier",
      { unique_id: "SYNTH-HARD-1-EN" },
      /field "unique_id": The tier is HARD, that of the first row is EASY\./,
    ],
    [
      "another language",
      { unique_id: "SYNTH-EASY-1-ZH" },
      /"unique_id": The language is ZH, that of the first row is EN\./,
    ],
    [
      "another origin",
      { unique_id: "OlymMATH-EASY-1-EN" },
      /The origin is OlymMATH, that of the first row is SYNTH\./,
    ],
    ["a trap that is none", { trap: "2" }, /line 2, field "trap": The trap is the answer\./],
  ])("%s: file, line and field are named", async (_, line, message) => {
    await expect(reading({}, line)).rejects.toThrow(message);
  });

  it("refuses traps of official problems, empty files, and files that are not there", async () => {
    const official = { unique_id: "OlymMATH-EASY-0-EN", trap: "3" };
    await expect(reading(official)).rejects.toThrow(
      /line 1, field "trap": Only made-up problems have a trap/,
    );
    await expect(readingText(readProblemFile, "")).rejects.toThrow(/file\.txt: The file is empty/);
    await expect(readProblemFile("/nowhere/rows.jsonl")).rejects.toThrow(/There is no such file/);
  });
});
