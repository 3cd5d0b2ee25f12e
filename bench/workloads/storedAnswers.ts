import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { RunStore } from "../../lib/experiment/store";
import { RUN_FILES } from "../../lib/papers/olymmath/inHouseRun";
import { LANGUAGES } from "../../lib/papers/olymmath/problems/problem";
import { parseRecord } from "../../lib/papers/olymmath/sampling/record";

/** A problem's gold answer, and what a model wrote. */
export interface StoredAnswer {
  readonly gold: string;
  readonly text: string;
}

/** The run of the store (`REPRISE_RUNS`, or the project's) in which the in-house model has written most; undefined where there is none. */
export function longestInHouseRun(store = new RunStore()): string | undefined {
  const size = (folder: string) => statSync(join(folder, RUN_FILES.samples)).size;
  const [longest] = store
    .list("olymmath")
    .map(({ folder }) => folder)
    .filter((folder) => existsSync(join(folder, RUN_FILES.samples)))
    .sort((a, b) => size(b) - size(a));
  return longest;
}

/** All answers of a run, in the order in which they were written. @throws DataError where its log cannot be read */
export function storedAnswers(folder: string): StoredAnswer[] {
  const golds = new Map<string, string>();
  for (const language of LANGUAGES) {
    for (const line of linesOf(join(folder, RUN_FILES.problems(language)))) {
      const { unique_id, answer } = JSON.parse(line);
      golds.set(unique_id, answer);
    }
  }
  const log = join(folder, RUN_FILES.samples);
  return linesOf(log).flatMap((line, index) => {
    const record = parseRecord(line, log, index + 1);
    if (record.kind !== "sample" || record.status !== "answered") return [];
    return [{ gold: golds.get(record.problem)!, text: record.text }];
  });
}

const linesOf = (path: string): string[] => readFileSync(path, "utf8").trimEnd().split("\n");
