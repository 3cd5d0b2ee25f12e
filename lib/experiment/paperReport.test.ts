import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { barFigure } from "../figures";
import { type ClaimEvidence, judge } from "./claims";
import { resolveConfig } from "./configuration";
import { type RunsByName, variantLedger } from "./ledger";
import { paperReports, type Study } from "./paperReport";
import { RunStore } from "./store";
import { experiment } from "./testing/toy";

const { rates } = experiment.ablations;
/** `usual` is the same run as `r3.7`, whose slope is the default. */
const usual = { name: "usual", label: "as it comes", change: {} };
const paper = { ...experiment, ablations: { rates, usual: { ...rates, variants: [usual] } } };
const variants = variantLedger(paper);
const configOf = (preset: string, overrides = {}) =>
  resolveConfig("toy", experiment.configuration, preset, overrides);
type Config = ReturnType<typeof configOf>;

interface Ledger {
  readonly runs: RunsByName;
  readonly config: Config;
  readonly seeds: readonly number[];
}

const STUDIES: readonly Study[] = [
  { preset: "cpu" },
  { preset: "cpu", overrides: { epochs: 3 } }, // of which there are no runs
  { preset: "smoke" },
];

/** Epochs of the ledgers that were read. */
const read: number[] = [];
beforeEach(() => read.splice(0));

const { storedClaims, storedReport } = paperReports<Config, Ledger>({
  experiment: paper,
  studies: (preset) => (preset === "cpu" ? STUDIES : [{ preset }]),
  readRuns: variants.read,
  readLedger(store, config, seeds) {
    read.push(config.epochs);
    return Promise.resolve({ runs: variants.read(store, config, seeds), config, seeds });
  },
  variantNames: variants.variantNames,
  titleOf: ({ config }) => `${config.epochs} epochs`,
  verdicts: ({ config }) => judge(evidence(config.epochs)),
  tables: ({ runs }) => [
    { of: "slopes", rows: runs("r3.5").map(({ seed }) => ({ seed })), columns: ["seed"], inReadme: true },
    { of: "nothing", rows: [] },
  ],
  figures: ({ config }) => ({ [`bars-${config.epochs}`]: figure }),
  effect: "NDCG@10",
  rule: "As it is written.",
});

const figure = barFigure([{ slope: "3.5", value: 1 }], {
  title: "Slopes",
  category: { column: "slope", title: "slope" },
  value: { column: "value", title: "value" },
});

function evidence(epochs: number): ClaimEvidence[] {
  const claim = { source: "section 1", expected: { kind: "above 0" }, seeds: 1 } as const;
  const effect = { difference: epochs / 100, low: 0, high: 1, level: 0.95, pValue: 0.01 };
  return [
    { ...claim, claim: "C1", sentence: "More is more.", effect, seeds: 3 },
    { ...claim, claim: "C2", sentence: "It is seen at once.", effect, note: "of one seed" },
    { ...claim, claim: "C3", sentence: "Less is less.", note: "no runs of less" },
    { ...claim, claim: "C4", sentence: "All is one." },
  ];
}

let folder: string;
let store: RunStore;
beforeAll(async () => {
  folder = mkdtempSync(join(os.tmpdir(), "paper-report-"));
  store = new RunStore(folder);
  const quick = (preset: string) => ({ ...configOf(preset), pause: 0 }); // which counts for nothing
  await variants.make(store, quick("cpu"), [1, 2], ["r3.5", "r3.7"]);
  await variants.make(store, quick("smoke"), [1], ["r3.5"]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("claims are judged on the runs of preset and settings; a setting that is none is refused", async () => {
  const verdicts = await storedClaims(store, "cpu", ["epochs=3", "rate=3.5"], [1]);
  expect(read).toEqual([3]);
  expect(verdicts.map(({ claim, verdict, effect }) => [claim, verdict, effect?.difference])).toEqual([
    ["C1", "supported", 0.03],
    ["C2", "undecided", 0.03],
    ["C3", "undecided", undefined],
    ["C4", "undecided", undefined],
  ]);
  await expect(storedClaims(store, "cpu", ["epoch=3"], [1])).rejects.toThrow("did you mean epochs?");
  await expect(storedClaims(store, "gpu", [], [1])).rejects.toThrow(
    '"gpu" is no preset of toy; there are smoke, cpu.',
  );
});

test("a report has every study that has runs: all claims first, then its tables under its title", async () => {
  const { config, tables, figures, runs } = await storedReport(store, "cpu", [1, 2]);
  expect(config).toEqual(configOf("cpu"));
  expect(read).toEqual([6, 2]); // the study without runs is not even read
  expect(tables.map(({ title }) => title)).toEqual([
    "Claims (effect, in NDCG@10 unless the claim says otherwise)",
    ...["6 epochs: slopes", "6 epochs: claims", "2 epochs: slopes", "2 epochs: claims"],
  ]);
  expect(tables[1]).toEqual({
    title: "6 epochs: slopes",
    rows: [{ seed: 1 }, { seed: 2 }],
    columns: ["seed"],
    inReadme: true,
  });
  expect(Object.keys(figures)).toEqual(["bars-6", "bars-2"]);
  // A run of two names is there once, by the first of them.
  expect(runs.map(({ name, run }) => [name, run.seed, run.config["epochs"]])).toEqual([
    ["r3.5", 1, 6],
    ["r3.5", 2, 6],
    ["r3.7", 1, 6],
    ["r3.7", 2, 6],
    ["r3.5", 1, 2],
  ]);
});

test("the table of all claims has a column a study: verdict with effect and note, or why there is none", async () => {
  const { tables } = await storedReport(store, "cpu", [1]);
  const row = (claim: string, sentence: string, six: string, two: string) => ({
    ...{ claim, sentence, "in the paper": "section 1", "6 epochs": six, "2 epochs": two },
  });
  expect(tables[0]).toMatchObject({ inReadme: true, note: "As it is written." });
  expect(tables[0].rows).toEqual([
    row("C1", "More is more.", "supported (0.0600)", "supported (0.0200)"),
    row("C2", "It is seen at once.", "undecided (0.0600; of one seed)", "undecided (0.0200; of one seed)"),
    row("C3", "Less is less.", "no runs of less", "no runs of less"),
    row("C4", "All is one.", "undecided", "undecided"),
  ]);
});

test("where no run is stored there is nothing but the configuration", async () => {
  expect(await storedReport(store, "cpu", [9])).toEqual({
    config: configOf("cpu"),
    tables: [],
    figures: {},
    runs: [],
  });
  expect(read).toEqual([]);
});
