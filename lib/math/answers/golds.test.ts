import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkAnswer } from "./check";
import { readAnswer } from "./read";

/** The official files, where REPRISE_DATA has them: each gold equals itself and its mechanical variants, and not its neighbour. */
const folder = join(process.env["REPRISE_DATA"] ?? "", "olymmath");
const present = process.env["REPRISE_DATA"] !== undefined && existsSync(folder);

interface Row {
  readonly answer: string;
  readonly subject: string;
  readonly unique_id: string;
}

const FILES = {
  "EN-EASY": "1d96903b",
  "EN-HARD": "f43b48f5",
  "ZH-EASY": "133bf074",
  "ZH-HARD": "f56746b7",
} as const;
type File = keyof typeof FILES;

const textOf = (file: File) => readFileSync(join(folder, `OlymMATH-${file}.jsonl`), "utf8");
const rowsOf = (file: File): Row[] =>
  textOf(file)
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
const golds = () => [...rowsOf("EN-EASY"), ...rowsOf("EN-HARD")].map(({ answer }) => answer);

const variants: Record<string, (gold: string) => string> = {
  itself: (gold) => gold,
  dfrac: (gold) => gold.replaceAll("\\frac", "\\dfrac"),
  "without \\left and \\right": (gold) => gold.replace(/\\(left|right)/g, ""),
  "with \\left and \\right": (gold) =>
    gold.includes("\\left") ? gold : gold.replace(/([([])/g, "\\left$1").replace(/([)\]])/g, "\\right$1"),
  spaces: (gold) => gold.replace(/([+\-,])/g, " $1 "),
  dollars: (gold) => `$${gold}$`,
};

const isInterval = (gold: string) => /^(\\left)?\s*[[(].*[\])]$/.test(gold) && gold.includes(",");

/** Another bracket at an end that is a number. */
function flipped(gold: string): string {
  if (gold.includes("-\\infty")) return gold.replace(/[)\]]$/, (close) => (close === ")" ? "]" : ")"));
  return gold.replace(/[[(]/, (open) => (open === "(" ? "[" : "("));
}

describe.skipIf(!present)("the official golds", () => {
  it.each(Object.keys(FILES) as File[])("%s is the file that is known", (file) => {
    const [language, tier] = file.split("-");
    expect(createHash("sha256").update(textOf(file)).digest("hex").slice(0, 8)).toBe(FILES[file]);
    expect(rowsOf(file).map((row) => row.unique_id)).toEqual(
      Array.from({ length: 100 }, (_, k) => `OlymMATH-${tier}-${k}-${language}`),
    );
    const counts = ["Algebra 代数", "Geometry 几何", "Number Theory 数论", "Combinatorics 组合"].map(
      (names) => rowsOf(file).filter(({ subject }) => names.includes(subject)).length,
    );
    expect(counts).toEqual(tier === "EASY" ? [25, 33, 13, 29] : [25, 25, 25, 25]);
  });

  it("are the same in both languages", () => {
    for (const tier of ["EASY", "HARD"] as const) {
      const [english, chinese] = [rowsOf(`EN-${tier}`), rowsOf(`ZH-${tier}`)];
      expect(chinese.map(({ answer }) => answer)).toEqual(english.map(({ answer }) => answer));
    }
  });

  for (const mode of ["want", "ref"] as const) {
    it(`equal themselves and their mechanical variants in \`${mode}\``, () => {
      const wrong = golds().flatMap((gold) =>
        Object.entries(variants)
          .filter(([, vary]) => !checkAnswer(gold, vary(gold), { mode }).equal)
          .map(([name]) => `${gold}: ${name}`),
      );
      expect(wrong).toEqual([]);
    });

    it(`differ from the next number and from another bracket in \`${mode}\``, () => {
      const wrong = golds().filter((gold) => {
        const other = isInterval(gold) ? flipped(gold) : `${gold}+1`;
        return checkAnswer(gold, other, { mode }).equal;
      });
      expect(wrong).toEqual([]);
    });

    it(`equal themselves behind x = in \`${mode}\``, () => {
      const wrong = golds().filter(
        (gold) => !isInterval(gold) && !checkAnswer(gold, `x=${gold}`, { mode }).equal,
      );
      expect(wrong).toEqual([]);
    });
  }

  it("equal themselves before a full stop", () => {
    expect(golds().filter((gold) => !checkAnswer(gold, `${gold}.`, { mode: "want" }).equal)).toEqual([]);
  });

  it("equal themselves before a full stop in `ref` where they are plain numbers or degrees, as in Math-Verify", () => {
    const plain = (gold: string) => /^-?[\d.]+(?:\^\{\\circ\})?$/.test(gold);
    const equal = golds().filter((gold) => checkAnswer(gold, `${gold}.`, { mode: "ref" }).equal);
    expect(equal).toEqual(golds().filter(plain));
    expect(equal).toHaveLength(101);
  });

  it.each([
    ["a full stop as text", (gold: string) => `${gold}\\text{.}`],
    ["a note as text", (gold: string) => `${gold} \\text{ (maximum)}`],
  ])("equal themselves before %s in both modes", (_, vary) => {
    for (const mode of ["want", "ref"] as const)
      expect(golds().filter((gold) => !checkAnswer(gold, vary(gold), { mode }).equal)).toEqual([]);
  });

  it("equal themselves behind words that lead in", () => {
    for (const words of ["\\text{The answer is } ", "\\text{The least value is: }", "答案为："])
      expect(golds().filter((gold) => !checkAnswer(gold, `${words}${gold}`, { mode: "want" }).equal)).toEqual(
        [],
      );
  });

  it("are all read as mathematics", () => {
    for (const gold of golds()) expect(readAnswer(gold, "want").problem).toBeUndefined();
  });

  it("have ten intervals", () => {
    expect(golds().filter(isInterval)).toHaveLength(10);
  });
});
