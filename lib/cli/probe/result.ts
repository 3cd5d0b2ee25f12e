import { createHash } from "node:crypto";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { tableText } from "../../notebook/table";
import type { Contamination, ProblemSet, Rewriting } from "../../papers/olymmath";
import { CONTAMINATION_SOURCE, PUBLISHED_CONTAMINATION } from "../../papers/olymmath/publishedContamination";
import type { ProbeModel } from "./models";
import { problemHash } from "./rewriteFile";

/** What a probe has been made with. */
export interface ProbeSettings {
  /** Places in each text. */
  readonly starts: number;
  /** Tokens that must be foretold at each. */
  readonly tokens: number;
  readonly rewrites: number;
  readonly seed: number;
  readonly rewriteTemperature: number;
  readonly rewriteTokens: number;
}

/** What was found on one set. */
export interface ProbedSet {
  readonly set: ProblemSet;
  readonly rewritten: readonly (readonly Rewriting[])[];
  readonly found: Contamination;
}

export interface ProbeResult {
  readonly model: ProbeModel;
  readonly rewriter: ProbeModel;
  readonly settings: ProbeSettings;
  readonly sets: readonly ProbedSet[];
}

/** Writes a result as JSON, with hashes in place of texts; null for what is not a number. The file is replaced as a whole. */
export function writeProbe(path: string, { model, rewriter, settings, sets }: ProbeResult): void {
  const named = ({ name, place, sha256 }: ProbeModel) => ({ name, place, sha256 });
  const result = {
    benchmark: "olymmath",
    date: new Date().toISOString(),
    model: named(model),
    rewriter: named(rewriter),
    settings,
    sets: sets.map(({ set, rewritten, found }) => ({
      ...{ set: set.name, synthetic: set.synthetic, sha256: set.sha256 },
      // Two models that were probed by the same rewritings have the same here.
      rewritings: createHash("sha256")
        .update(JSON.stringify(textsOf(rewritten)))
        .digest("hex"),
      cut: cutCount(rewritten),
      likely: likelyShare(set, rewritten),
      ...found.estimates,
      problems: set.problems.map((problem, row) => ({
        ...{ id: problem.id, sha256: problemHash(problem), ...found.problems[row] },
      })),
    })),
  };
  const plain = (_: string, value: unknown) =>
    typeof value === "number" && !Number.isFinite(value) ? null : value;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, `${JSON.stringify(result, plain, 2)}\n`);
  renameSync(`${path}.new`, path);
}

export function textsOf(rewritten: readonly (readonly Rewriting[])[]): string[][] {
  return rewritten.map((own) => own.map(({ text }) => text));
}

function cutCount(rewritten: readonly (readonly Rewriting[])[]): number {
  return rewritten.flat().filter(({ isCut }) => isCut).length;
}

/** Of the rewritings, in [0, 1], those half to twice as long as their problem: what only says the same in other words is. */
function likelyShare({ problems }: ProblemSet, rewritten: readonly (readonly Rewriting[])[]): number {
  const ratios = problems.flatMap((problem, row) =>
    rewritten[row].map(({ text }) => text.length / problem.text.length),
  );
  return ratios.filter((ratio) => ratio >= 0.5 && ratio <= 2).length / ratios.length;
}

/** Below this share of likely rewritings the rewriter has not done what it was asked. */
const FEWEST_LIKELY = 0.8;
const DOUBT =
  "many rewritings cannot be the problem in other words; its delta says nothing. Take a stronger --rewriter.";

/** The result in percent, the published numbers, and what may be made of either. */
export function probeText({ sets, settings }: Pick<ProbeResult, "sets" | "settings">): string {
  const rows = sets.map(({ set, rewritten, found: { estimates } }) => ({
    set: `${set.synthetic ? "SYNTH-" : ""}${set.name}`,
    problems: set.problems.length,
    original: percent(estimates.original, 100),
    rewritten: percent(estimates.rewritten, 100),
    delta: percent(estimates.delta, 1),
    likely: (100 * likelyShare(set, rewritten)).toFixed(0),
    "cut off": cutCount(rewritten),
  }));
  const published = PUBLISHED_CONTAMINATION.map(({ model, language, OlymMATH, PolyMath }) => ({
    ...{ model, language },
    ...{ OlymMATH: OlymMATH.toFixed(2), PolyMath: PolyMath.toFixed(2) },
  }));
  const doubtful = sets.filter(({ set, rewritten }) => likelyShare(set, rewritten) < FEWEST_LIKELY);
  return [
    tableText(rows),
    ...doubtful.map(({ set }) => `! ${set.name}: ${DOUBT}`),
    "",
    `Percent of places whose next ${settings.tokens} tokens the model foretells, in the originals and in their rewritings, with 95% intervals over problems.`,
    'delta = (original - rewritten) / original; "-" where too few originals are foretold.',
    "likely: percent of rewritings that are half to twice as long as their original.",
    `"cut off": of ${settings.rewrites} rewritings a problem, those for which ${settings.rewriteTokens} tokens were not enough.`,
    "",
    tableText(published),
    "",
    `Published deltas, not measured here: ${CONTAMINATION_SOURCE}.`,
    "Only comparisons between benchmarks with the same rewriter mean anything.",
  ].join("\n");
}

function percent(
  { value, low, high }: { readonly value: number; readonly low: number; readonly high: number },
  factor: number,
): string {
  const text = (number: number) => (factor * number).toFixed(2).replace(/^-(0\.00)$/, "$1");
  if (Number.isNaN(value)) return "-";
  return Number.isNaN(low) ? `${text(value)} [-]` : `${text(value)} [${text(low)}, ${text(high)}]`;
}
