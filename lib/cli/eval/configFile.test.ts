import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { CommandError } from "../errors";
import { buildProgram } from "../main";
import { withConfigFile } from "./configFile";
import { type EvalOptions, parseEvalOptions } from "./options";

const folder = mkdtempSync(join(tmpdir(), "reprise-config-"));
const config = join(folder, "eval.json");
afterAll(() => rmSync(folder, { recursive: true }));

function written(content: unknown): string {
  writeFileSync(config, typeof content === "string" ? content : JSON.stringify(content));
  return config;
}

function mistake(content: unknown): string {
  try {
    withConfigFile({ config: written(content) });
  } catch (error) {
    expect(error).toBeInstanceOf(CommandError);
    return [(error as CommandError).message, ...(error as CommandError).remedies].join(" | ");
  }
  return "";
}

const FILE = {
  model: "http://127.0.0.1:1/v1",
  set: ["EN-HARD", "ZH-HARD"],
  n: 4,
  temperature: 1,
  "max-tokens": 1024,
  "price-input": 1e-7,
  "price-output": 2,
  "price-reasoning": 3,
  "requests-per-minute": 60,
  timeout: 0.5,
  stream: false,
  extra: { reasoning_effort: "high" },
};

it("reads options as if they had been typed", () => {
  const typed: EvalOptions = {
    ...{
      model: "http://127.0.0.1:1/v1",
      set: "EN-HARD,ZH-HARD",
      n: "4",
      temperature: "1",
      maxTokens: "1024",
    },
    ...{ priceInput: "0.0000001", priceOutput: "2", priceReasoning: "3", requestsPerMinute: "60" },
    ...{ timeout: "0.5", stream: false, extra: '{"reasoning_effort":"high"}' },
  };
  expect(parseEvalOptions(withConfigFile({ config: written(FILE) }))).toEqual(parseEvalOptions(typed));
});

it("gives way to what is typed", () => {
  const request = parseEvalOptions(
    withConfigFile({ config: written(FILE), n: "1", set: "EN-EASY", stream: true, temperature: undefined }),
  );
  expect(request).toMatchObject({
    ...{ sets: ["EN-EASY"], samples: 1, maxTokens: 1024 },
    ...{ access: { streams: true }, settings: { temperature: 1 } },
  });
  expect(withConfigFile({ n: "3" })).toEqual({ n: "3" });
});

it("has the names of all options, and what is not typed is left to it", () => {
  const command = buildProgram(() => {}).commands.find((one) => one.name() === "eval")!;
  const names = command.options.map(({ long }) => long!.replace(/^--(no-)?/, ""));
  expect(names.length).toBeGreaterThan(30);
  for (const name of names.filter((one) => one !== "config"))
    expect(mistake({ [name]: null })).toMatch(`"${name}" in ${config} must be `);
  expect(command.opts()).toEqual({});
});

it.each<[string, unknown, RegExp]>([
  [
    "a name that is none",
    { maxTokens: 3 },
    /eval\.json has "maxTokens", which is no option \| did you mean "max-tokens"\? \| .*--help/,
  ],
  ["a file that names another", { config: "a" }, /"config", which is no option/],
  ["a number in quotes", { n: "8" }, /"n" in .*eval\.json must be a number, not "8"/],
  ["a text that is none", { model: 3 }, /"model" in .* must be a text, not 3/],
  ["sets that are none", { set: [1] }, /"set" in .* must be a text, or a list of texts, not \[1\]/],
  ["no set at all", { set: [] }, /must be a text, or a list of texts, not \[\]/],
  ["fields without names", { extra: [1] }, /"extra" in .* must be an object, not \[1\]/],
  ["a truth that is none", { yes: "yes" }, /"yes" in .* must be true or false, not "yes"/],
  ["a list", [1], /must hold one object with the options' names \| such as \{"model": /],
  ["no JSON", "{", /--config .*eval\.json cannot be read: .*JSON.* \| such as/],
])("says what is wrong with %s", (_, content, message) => {
  expect(mistake(content)).toMatch(message);
});

it("says what is wrong with a file that is not there, and with a number out of range", () => {
  expect(() => withConfigFile({ config: join(folder, "none.json") })).toThrow(
    /none\.json cannot be read: ENOENT/,
  );
  expect(() => parseEvalOptions(withConfigFile({ config: written({ ...FILE, n: 0 }) }))).toThrow(
    '--n must be a whole number from 1, not "0"',
  );
});
