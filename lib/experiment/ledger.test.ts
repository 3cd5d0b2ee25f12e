import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { resolveConfig } from "./configuration";
import { variantLedger } from "./ledger";
import { RunStore } from "./store";
import { experiment } from "./testing/toy";

const { rates } = experiment.ablations;
const twice = {
  ...experiment,
  ablations: {
    rates,
    again: { ...rates, variants: [{ name: "r3.5", label: "another word for it", change: { rate: 3.5 } }] },
  },
};
const ledger = variantLedger(twice);
const config = { ...resolveConfig("toy", experiment.configuration, "cpu"), epochs: 2, pause: 0 };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(os.tmpdir(), "ledger-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("names the variants of an ablation; a name that several have keeps its first label", () => {
  expect(ledger.variantNames("again")).toEqual(["r3.5"]);
  expect(ledger.labelOf("r3.5")).toBe("slope 3.5");
  expect(ledger.planned(config, "r3.7")).toEqual({ label: "slope 3.7", config: { ...config, rate: 3.7 } });
});

test("says which variants and ablations there are where a name is none", () => {
  expect(() => ledger.labelOf("r4")).toThrow('no variant "r4"; there are r3.5, r3.8, r3.7, r3.6.');
  expect(() => ledger.variantNames("slopes")).toThrow('toy has no ablation "slopes"; there are rates, again');
});

test("makes what is missing, and reads runs by name, seed by seed", async () => {
  const store = new RunStore(folder);
  expect(ledger.count(config, [1, 2], ["r3.5", "r3.6"])).toBe(4);
  const made = await ledger.make(store, config, [1, 2], ["r3.5"]);
  expect(made("r3.5").map(({ seed }) => seed)).toEqual([1, 2]);
  expect(made("r3.6")).toEqual([]);
  const read = ledger.read(store, config, [2, 3]);
  expect(read("r3.5").map(({ seed }) => seed)).toEqual([2]);
});

test("of a configuration that cannot be run there are no runs, whatever is stored", async () => {
  const store = new RunStore(folder);
  expect((await ledger.make(store, config, [1], ["r3.5"]))("r3.5")).toHaveLength(1);
  const unable = variantLedger({ ...twice, unable: () => "it cannot" });
  expect(unable.read(store, config, [1])("r3.5")).toEqual([]);
});
