import { join } from "node:path";
import type { ProblemSet } from "../problems/problem";
import { readProblemFile } from "../problems/problemFile";
import type { RunRecord } from "../sampling/record";
import { settingsId } from "../sampling/settings";
import { graded, TEST_SETTINGS } from "../testing";
import { type EvaluationResults, type GradedSet, readResults, type SampledModel } from "./results";

/** Helpers for the tests of reports: replies that were written by hand, and results without a log. */

const REPLAY_FOLDER = join(__dirname, "replay");

/**
 * Forty replies, four to each of five made-up problems in both languages. They have what extraction and checking must survive: boxes in boxes, in words, behind
 * an open brace, empty, cut off or without braces; thoughts with and without an answer; equal answers in other forms; Chinese punctuation, counters and digits.
 * The gold of number 2 is wrong on purpose.
 */
export const REPLIES = join(REPLAY_FOLDER, "replies.jsonl");

/** The name and the settings that the replies go by. */
export const BY_HAND: SampledModel = {
  model: "written-by-hand",
  settingsId: settingsId({ temperature: 0.6, topP: 0.95, minP: 0, maxTokens: 100, seed: 0 }),
};

/** The made-up problems, English first. */
export function replaySets(): Promise<ProblemSet[]> {
  return Promise.all(
    ["EN-EASY.jsonl", "ZH-EASY.jsonl"].map((name) => readProblemFile(join(REPLAY_FOLDER, name))),
  );
}

/** The graded replies. */
export async function replayResults(languages: readonly ("EN" | "ZH")[] = ["EN", "ZH"]) {
  const sets = (await replaySets()).filter(({ name }) => languages.some((one) => name.startsWith(one)));
  return readResults(REPLIES, sets, BY_HAND);
}

/** Results of one set, its problems answered like this; of the benchmark itself unless told. */
export function madeResults(
  answers: readonly (readonly string[])[],
  { synthetic = false, name = "EN-HARD" }: Partial<Pick<ProblemSet, "synthetic" | "name">> = {},
): EvaluationResults & { readonly sets: readonly [GradedSet] } {
  const tier = name.endsWith("EASY") ? "EASY" : "HARD";
  const of = (mode: "ref" | "want") =>
    answers.map((own, index) =>
      graded({ id: `${tier}-${index}`, tier, index, answer: "1", field: "Algebra" }, own, mode),
    );
  const set = {
    ...{ name, synthetic, sha256: "a".repeat(64) },
    problems: of("ref").map(({ problem }) => problem),
  };
  const count = answers.flat().length;
  const spending = {
    ...{ answered: count, failed: 0, estimated: 0, cost: 0 },
    used: { promptTokens: count, completionTokens: 10 * count },
    lost: { promptTokens: 0, completionTokens: 0 },
  };
  return {
    ...{ model: "able", settingsId: settingsId(TEST_SETTINGS), firstSample: 0, lastSample: 86_400_000 },
    runs: [madeRun()],
    sets: [{ set, ref: of("ref"), want: of("want"), spending }],
  };
}

export function madeRun(run: Partial<RunRecord> = {}): RunRecord {
  return {
    ...{ kind: "run", startedAt: 0, backend: "endpoint", model: "able", synthetic: false },
    ...{ settingsId: settingsId(TEST_SETTINGS), settings: TEST_SETTINGS, files: {} },
    ...run,
  };
}

/** The table under a heading of a Markdown text, its header first, and cells without the marks of code. */
export function tableUnder(markdown: string, title: string): string[][] {
  const section = markdown.split(/^## /m).find((part) => part.startsWith(`${title}\n`));
  if (section === undefined) throw new Error(`There is no section "${title}".`);
  const [header, , ...rows] = section.split("\n").filter((line) => line.startsWith("|"));
  return [header, ...rows].map((line) =>
    line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim().replace(/^(`+) ?(.*?) ?\1$/, "$2")),
  );
}
