import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { plain, python } from "./testing/kernel";

interface Cell {
  cell_type: string;
  source: string | string[];
  metadata: { tags?: string[] };
  outputs?: { output_type: string; name?: string; text?: string[]; ename?: string; traceback?: string[] }[];
  execution_count: number | null;
}

const folder = mkdtempSync(join(tmpdir(), "papermill-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const code = (source: string, tags: string[] = []) => ({
  cell_type: "code",
  metadata: { tags },
  source,
  outputs: [],
  execution_count: null,
});

/** Every kind of JSON value, and the strings that break naive quoting. */
const values = {
  count: 3,
  rate: 0.125,
  big: 9007199254740991,
  name: "quote \" back\\slash `tick` \u0024{not} ' \u2028 \u2029 \n \t \u0000 \u001b </script> 🎉 é \u007f \u0085",
  flag: true,
  nothing: null,
  list: [1, [2, "three"], {}],
  record: { "a key": { deep: [null, false, ""] }, __proto__x: 1, "\u2028": 1 },
};

const declarations = `
let count: number = 1; // how many
let rate: number = 0.1;
let big: number = 0;
let name: string = "default";
let flag: boolean = false;
let nothing: string | null = "something";
let list: unknown[] = [];
let record: Record<string, unknown> = {};`.trim();

const notebook = join(folder, "in.ipynb");

beforeAll(() => {
  const cells = [
    code(declarations, ["parameters"]),
    code("console.log(JSON.stringify({ count, rate, big, name, flag, nothing, list, record }));"),
    code('for (let i = 0; i < 1500; i++) { console.log(i); if (i % 100 === 0) console.error("e", i); }'),
    code("if (count === 13) {\n  throw new RangeError('thirteen');\n}"),
    code("[process.env.REPRISE_HEADLESS, process.env.REPRISE_KERNEL]"),
  ];
  const kernelspec = { name: "reprise", display_name: "TypeScript (Reprise)", language: "typescript" };
  writeFileSync(
    notebook,
    JSON.stringify({ cells, metadata: { kernelspec }, nbformat: 4, nbformat_minor: 5 }),
  );
});

/** Runs stock papermill in the notebook's own folder, which is not the project's. */
async function papermill(output: string, args: readonly string[]) {
  const child = spawn(python, ["-m", "papermill", notebook, output, "--no-progress-bar", ...args], {
    cwd: folder,
  });
  let log = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (data) => {
      log += data;
    });
  const exit = await new Promise((done) => child.on("close", done));
  const file = join(folder, output);
  const read = () => (JSON.parse(readFileSync(file, "utf8")) as { cells: Cell[] }).cells;
  return { exit, log: plain(log), cells: exit === 0 || log.includes("Exception encountered") ? read() : [] };
}

const textOf = (value: string | string[] | undefined) => [value ?? ""].flat().join("");

describe("stock papermill", () => {
  test("sets parameters of every type, and keeps one output a stream", async () => {
    // papermill reads YAML, which would take some characters that JSON leaves as they are for line breaks.
    const json = JSON.stringify(values).replace(
      /[\u007f-\u009f\u2028\u2029]/g,
      (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
    const encoded = Buffer.from(json).toString("base64");
    const { exit, log, cells } = await papermill("out.ipynb", ["-b", encoded]);
    expect(exit, log).toBe(0);
    expect(cells[1].metadata.tags).toEqual(["injected-parameters"]);
    expect(textOf(cells[1].source)).toMatch(/^\/\/ Parameters\n\{\n {2}count = 3;\n/);
    expect(cells[1].outputs).toEqual([]);
    expect(JSON.parse(textOf(cells[2].outputs?.[0].text))).toEqual(values);

    const streams = cells[3].outputs?.map(({ name, text }) => [name, textOf(text).split("\n").length - 1]);
    expect(streams).toEqual(
      expect.arrayContaining([
        ["stdout", 1500],
        ["stderr", 15],
      ]),
    );
    expect(streams).toHaveLength(2);
    expect(cells.map((cell) => cell.execution_count)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(JSON.stringify(cells[5].outputs)).toContain("[ '1', '1' ]");
  });

  test("takes -p x 3 and -y; an error in a cell is in the notebook and on the terminal, with the cell's lines", async () => {
    const { exit, log, cells } = await papermill("failed.ipynb", [
      "-p",
      "count",
      "13",
      "-y",
      "{list: [1, a]}",
      "-p",
      "rate",
      "1e-7",
    ]);
    expect(exit).not.toBe(0);
    expect(log).toContain("RangeError: thirteen");
    expect(log).toContain("->  2 |   throw new RangeError('thirteen');");
    expect(
      textOf(cells.find(({ metadata }) => metadata.tags?.includes("injected-parameters"))?.source),
    ).toContain("rate = 1e-07;");
    const failed = cells.find(({ outputs }) => outputs?.some(({ output_type }) => output_type === "error"));
    expect(failed?.outputs?.[0].ename).toBe("RangeError");
    expect(plain(failed?.outputs?.[0].traceback?.join("\n") ?? "")).toContain(
      "->  2 |   throw new RangeError('thirteen');",
    );
  });

  test("refuses a name that the notebook doesn't declare, and a value of another type", async () => {
    const { exit, log } = await papermill("refused.ipynb", ["-p", "cuont", "3", "-r", "rate", "fast"]);
    expect(exit).not.toBe(0);
    expect(log).toContain("Cannot find name 'cuont'.");
    expect(log).toContain("Type 'string' is not assignable to type 'number'.");
    expect(log).toMatch(/-> {2}\d \| {3}cuont = 3;/);
  });
});

test("the translator explains what TypeScript cannot hold, and lists a notebook's parameters", () => {
  const script = `
import datetime
from reprise_papermill import TypeScriptTranslator as T
from papermill.exceptions import PapermillException
for value in (2**53, object()):
    try:
        T.translate(value)
    except PapermillException as error:
        print(error)
print(T.translate(float("nan")), T.translate(-float("inf")), T.translate(datetime.date(2026, 11, 25)))
print(T.translate({1: "a", None: "b", 2.5: "c", "__proto__": 1}))
for p in T.inspect({"source": 'let a: number | null = 3; // how "many"\\n  // let b = 1;\\nlet c = "x=y";\\nconst d = 1;'}):
    print(p.name, "|", p.inferred_type_name, "|", p.default, "|", p.help)
`;
  const { stdout, stderr } = spawnSync(python, ["-c", script], { encoding: "utf8" });
  expect(stderr).toBe("");
  expect(stdout.split("\n")).toEqual([
    "The integer 9007199254740992 is beyond 2^53 and would lose digits in TypeScript: pass it as a string (-r name value).",
    "A parameter cannot be of type object: use what JSON has.",
    'NaN -Infinity "2026-11-25"',
    '{ "1": "a", "null": "b", "2.5": "c", ["__proto__"]: 1 }',
    'a | number | null | 3 | how "many"',
    'c | None | "x=y" | ',
    "",
  ]);
});
