import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Cell, Notebook } from "../cli/notebooks";
import { temporaryProject } from "../cli/testing";
import { brokenRules, notebookRules, wordCount } from "./rules";

const markdown = (source: string): Cell => ({ cell_type: "markdown", source, metadata: {} });

function notebook(...sources: (string | Partial<Cell>)[]): Notebook {
  const given = sources.map((cell) => (typeof cell === "string" ? { source: cell } : cell));
  const cells = given.map(
    (cell, index): Cell => ({
      cell_type: "code",
      source: "run();",
      metadata: index < 2 ? { tags: [["parameters"], ["results"]][index] } : {},
      outputs: [],
      execution_count: index + 1,
      ...cell,
    }),
  );
  return { cells: [markdown("# Some words to read"), ...cells] };
}

const limits = { cells: [1, 9], words: [1, 9] } as const;
const rulesOf = (...cells: (string | Partial<Cell>)[]) => notebookRules(notebook("", "", ...cells), limits);

describe("a notebook in order", () => {
  it("breaks no rule", () => {
    expect(rulesOf("const x = [1, 2].map((n) => n * 2);\n// a comment\nx;")).toEqual([]);
  });
});

describe("a rule is broken by", () => {
  it("too many cells, words or lines", () => {
    expect(notebookRules(notebook("", ""), { cells: [5, 9], words: [9, 20] })).toEqual([
      "3 cells, not 5 to 9",
      "4 words, not 9 to 20",
    ]);
    expect(rulesOf("a();\n".repeat(11))).toEqual(["11 lines of code in the cell that begins: a();"]);
    const long = Array.from({ length: 21 }, () => "a();\n".repeat(10));
    expect(notebookRules(notebook("", "", ...long), { ...limits, cells: [1, 99] })).toEqual([
      "210 lines of code, not 0 to 200",
    ]);
  });

  it("a missing tag", () => {
    expect(notebookRules({ cells: [markdown("words")] }, limits)).toEqual([
      "no cell is tagged parameters",
      "no cell is tagged results",
    ]);
  });

  it("an algorithm in a cell: a loop, a function of many statements", () => {
    expect(rulesOf("for (const x of xs) f(x);", "while (more()) step();")).toEqual([
      "a loop at the top level in the cell that begins: for (const x of xs) f(x);",
      "a loop at the top level in the cell that begins: while (more()) step();",
    ]);
    expect(rulesOf("const f = () => { a(); b(); c(); return d(); };")).toHaveLength(1);
    expect(rulesOf("function f() { return 1; }")).toEqual([]);
  });

  it("cells that failed, were not run, or were run in another order", () => {
    const failed = { output_type: "error", ename: "RangeError", evalue: "too far" };
    expect(rulesOf({ outputs: [failed] })[0]).toContain("the error RangeError: too far in the cell");
    expect(rulesOf({ execution_count: null })[0]).toMatch(/not run once in order: 1, 2, $/);
    expect(rulesOf({ execution_count: 7 })).toHaveLength(1);
  });

  it("what papermill leaves in an executed copy, and a file too large", () => {
    const metadata = { papermill: { input_path: "in.ipynb" } };
    const { root } = temporaryProject({
      "executed.ipynb": JSON.stringify({ ...notebook("", ""), metadata }, null, 1),
      "large.ipynb": JSON.stringify(
        notebook("", { source: "", outputs: [{ output_type: "stream", text: "x".repeat(2e6) }] }),
      ),
    });
    expect(brokenRules(join(root, "executed.ipynb"), limits)).toEqual([
      expect.stringContaining("papermill's metadata"),
    ]);
    expect(brokenRules(join(root, "large.ipynb"), limits)).toEqual([
      expect.stringMatching(/^the file has 2\d+ bytes/),
    ]);
  });

  it("a bare object as output, but not a table or what was printed", () => {
    const shows = (data: Record<string, string>) =>
      rulesOf({ outputs: [{ output_type: "display_data", data }] });
    expect(shows({ "text/plain": "{ a: 1 }" })[0]).toContain("the bare value of its last line");
    expect(shows({ "text/plain": "a table", "text/html": "<table></table>" })).toEqual([]);
    expect(rulesOf({ outputs: [{ output_type: "stream", text: "{ a: 1 }" }] })).toEqual([]);
  });

  it("the path of a machine in an output, but not an address or a picture", () => {
    const says = (text: string) => rulesOf({ outputs: [{ output_type: "stream", text }] });
    expect(says("read /home/someone/data/u.data")[0]).toContain("the path /home/someone");
    expect(says("C:\\Users\\someone")).toHaveLength(1);
    expect(says("see https://example.org/home/page and data/cache/tmp")).toEqual([]);
    expect(
      rulesOf({ outputs: [{ output_type: "display_data", data: { "image/png": "x /tmp/x" } }] }),
    ).toEqual([]);
  });
});

it("words are counted as a reader reads them", () => {
  const text =
    "See [the paper](https://example.org/a b) — $x = 1$ and\n\n```sh\nnpm start\n```\n$$\ny\n$$\n`npx reprise`";
  expect(wordCount({ cells: [markdown(text)] })).toBe("See the paper and npx reprise".split(" ").length);
});
