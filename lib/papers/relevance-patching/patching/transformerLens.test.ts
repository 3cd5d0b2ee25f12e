import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { dataFolders } from "../../../data/store";
import { loadGguf } from "../../../llm/model/load";
import { disposeTree, tf } from "../../../tensor";
import type { PromptPair } from "../prompts/pairs";
import { patchSites, preparePair } from "./pair";
import { siteName } from "./site";
import { difference, type Subject } from "./subject";
import {
  type Differences,
  realPair,
  spreadSites,
  TINY_PAIR,
  tinyRequest,
  tinySubject,
  transformerLens,
} from "./transformerLensTesting";

const PYTHON = process.env.REPRISE_TORCH_PYTHON;
const SMOLLM2 = process.env.REPRISE_SMOLLM2;
/** To start PyTorch, or to run 134 million parameters, on a busy machine. */
const MOST_MILLISECONDS = 600_000;
/** Stored numbers have six decimals. */
const TINY_TOLERANCE = 3e-5;
/** Of logits of some tens, through 30 layers in single precision: found were 3e-5. */
const REAL_TOLERANCE = 2e-4;
/** A site that changes d by more than this does something. */
const MOVED = 1e-3;

const stored = (name: string) =>
  JSON.parse(readFileSync(path.join(__dirname, `transformerLens${name}.json`), "utf8")) as Differences;

/** @returns how many sites move d */
function compare(subject: Subject, pair: PromptPair, expected: Differences, tolerance: number): number {
  const sites = spreadSites(subject.model.config);
  expect(expected.patched.length).toBe(sites.length);
  const prepared = preparePair(subject, pair, [...new Set(sites.map(({ hook }) => hook))]);
  const close = (found: number, wanted: number, what: string) =>
    expect(Math.abs(found - wanted), what).toBeLessThan(tolerance);
  close(difference(prepared.cleanAnswer), expected.clean, "clean");
  close(difference(prepared.corruptedAnswer), expected.corrupted, "corrupted");
  const found = patchSites(subject, prepared, sites).map(difference);
  for (const [i, site] of sites.entries()) close(found[i], expected.patched[i], siteName(site));
  prepared.dispose();
  return expected.patched.filter((d) => Math.abs(d - expected.corrupted) > MOVED).length;
}

describe("patched logits are those of TransformerLens", () => {
  test("in a random model with grouped queries, with two documents", () => {
    tf.engine().startScope();
    const moved = compare(tinySubject(1), TINY_PAIR, stored("Tiny"), TINY_TOLERANCE);
    expect(moved).toBeGreaterThanOrEqual(30);
    tf.engine().endScope();
  });

  test.runIf(hasTransformerLens())(
    "in another one, as the installed version answers",
    () => {
      tf.engine().startScope();
      const subject = tinySubject(2);
      const answers = transformerLens(PYTHON!, tinyRequest(subject));
      expect(answers.clean).not.toBeCloseTo(stored("Tiny").clean, 2);
      compare(subject, TINY_PAIR, answers, TINY_TOLERANCE);
      tf.engine().endScope();
    },
    MOST_MILLISECONDS,
  );

  test.runIf(SMOLLM2 !== undefined && dataFolders().given !== undefined)(
    "in SmolLM2-135M-Instruct, with a row of MS MARCO",
    async () => {
      const { pair, answers } = await realPair(SMOLLM2!);
      const subject = { model: loadGguf(SMOLLM2!), answers };
      const moved = compare(subject, pair, stored("Smollm2"), REAL_TOLERANCE);
      expect(moved).toBeGreaterThanOrEqual(30);
      disposeTree(subject.model.weights);
    },
    MOST_MILLISECONDS,
  );
});

function hasTransformerLens(): boolean {
  if (PYTHON === undefined) return false;
  const probe = "import importlib.util as u; print(u.find_spec('transformer_lens') is not None)";
  return execFileSync(PYTHON, ["-c", probe], { encoding: "utf8" }).trim() === "True";
}
