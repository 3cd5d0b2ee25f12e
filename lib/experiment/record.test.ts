import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  configHash,
  figureFolder,
  measured,
  readFigure,
  readResults,
  recordResults,
  tableOf,
} from "./record";

afterEach(() => vi.unstubAllEnvs());

const results = {
  preset: "smoke",
  seeds: [1, 2],
  config: { b: 2, a: 1 },
  seconds: 3,
  tables: [{ title: "T", rows: [{ model: "M", ndcg: { mean: 0.5, std: 0.1 } }] }],
  runs: [{ model: "M", seed: 1, ndcg: 0.5 }],
};

describe("recordResults", () => {
  it("writes the results with hash, commit, machine and date, and leaves no half of a file", () => {
    const folder = mkdtempSync(join(tmpdir(), "reprise-record-"));
    vi.stubEnv("REPRISE_FIGURES", folder);
    const file = recordResults("paper", results);
    expect(file).toBe(join(folder, "paper", "results.json"));
    const written = JSON.parse(readFileSync(file as string, "utf8"));
    expect(written).toMatchObject({ paper: "paper", ...results, configHash: configHash({ a: 1, b: 2 }) });
    expect(written.commit).toMatch(/^([0-9a-f]{12}\+?|unknown)$/);
    expect(written.date).toMatch(/^\d{4}-\d\d-\d\d$/);
    expect(written.machine).toMatch(/\d+ cores/);
    rmSync(folder, { recursive: true });
  });

  it("writes nothing where it is told so", () => {
    vi.stubEnv("REPRISE_FIGURES", "none");
    expect(figureFolder()).toBeUndefined();
    expect(recordResults("paper", results)).toBeUndefined();
  });
});

it("a configuration's hash knows its values, not their order", () => {
  expect(configHash({ a: 1, b: 2 })).toBe(configHash({ b: 2, a: 1 }));
  expect(configHash({ a: 1, b: 2 })).not.toBe(configHash({ a: 1, b: 3 }));
});

describe("what a report has written", () => {
  it("is read from the project's figures, whatever REPRISE_FIGURES says of new ones", () => {
    vi.stubEnv("REPRISE_FIGURES", "none");
    const { tables, seeds, commit } = readResults("tour");
    expect(tables[0].rows.length).toBeGreaterThan(0);
    expect(tableOf({ tables }, tables[0].title.slice(0, 4))).toBe(tables[0]);
    expect(() => tableOf({ tables }, "no table")).toThrow(`there are: ${tables[0].title}`);
    expect(seeds.length).toBeGreaterThan(0);
    expect(commit).toMatch(/^[0-9a-f]{12}/);
    expect(readFigure("tour", "ablation").data.length).toBeGreaterThan(0);
  });

  it("and where there is nothing, the command that makes it is named", () => {
    expect(() => readResults("no-paper")).toThrow(/npx reprise report no-paper writes it/);
    expect(() => readFigure("tour", "nothing")).toThrow(/npx reprise report tour writes it/);
  });
});

it("repeated measurements are told by mean and deviation, one by itself", () => {
  expect(measured([0.25])).toBe(0.25);
  expect(measured([1, 3])).toEqual({ mean: 2, std: Math.SQRT2 });
});
