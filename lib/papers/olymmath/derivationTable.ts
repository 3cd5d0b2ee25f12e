import { join } from "node:path";
import { DataError } from "../../data/error";
import { measured, type ResultTable } from "../../experiment/record";
import { mean } from "../../experiment/statistics";
import type { StoredRun } from "../../experiment/store";
import { present } from "../../recsys/variantReport";
import {
  type DerivationScore,
  derivationOf,
  scoreDerivation,
  stepChecker,
  stepsOf,
} from "./analyses/derivations";
import { RUN_FILES } from "./inHouseRun";
import { type Ledger, labelOf, variantNames } from "./ledger";
import { sampleCount } from "./measures";
import type { Language } from "./problems/problem";
import { readProblemFile } from "./problems/problemFile";
import { forEachSample } from "./sampling/sampleLog";
import { distinctLessonItems } from "./synthetic/inHouse/lessons/lessonItems";
import type { SynthItem } from "./synthetic/items";

type Rows = ResultTable["rows"];
type Cell = Rows[number][string];

const VERDICTS = ["right", "the trap", "otherwise wrong"] as const;

interface ScoredSample extends DerivationScore {
  readonly verdict: (typeof VERDICTS)[number];
}

/**
 * How much of the lessons' own derivations the samples have, by verdict, for a model that has seen shortcuts and for one that has not. Shares are of the row's
 * samples, measured over the seeds; nothing where a seed has no such sample. `guessed`: of right answers, those without a sound derivation from which nothing
 * is missing. A wrong one that is sound was derived in good order all the same: by a shortcut, or from other numbers than the problem's.
 * @throws DataError where a run's log or problems cannot be read, or the problems are not those that the lessons make
 * @see OlymMATH, case studies of guessing, which the paper does not count
 */
export async function derivationTable(
  { runs, config }: Pick<Ledger, "runs" | "config">,
  language: Language = "EN",
): Promise<Rows> {
  const names = present({ runs }, variantNames("shortcuts"));
  if (names.length === 0) return [];
  // The stored problems have no derivations: the same ones are made anew.
  const { numbers, problems: count } = config;
  const items = distinctLessonItems({ split: "test", numbers, count });
  const isTrueStep = stepChecker();
  const rows: Rows[number][] = [];
  for (const name of names) {
    const scored: ScoredSample[][] = [];
    for (const run of runs(name)) scored.push(await scoredSamples(run, language, items, isTrueStep));
    rows.push(...VERDICTS.map((verdict) => ({ variant: labelOf(name), ...verdictRow(scored, verdict) })));
  }
  return rows;
}

/** @param scored  of each seed */
function verdictRow(
  scored: readonly (readonly ScoredSample[])[],
  verdict: ScoredSample["verdict"],
): Rows[number] {
  const bySeed = scored.map((samples) => samples.filter((sample) => sample.verdict === verdict));
  const cell = (of: (sample: ScoredSample) => number | boolean): Cell => {
    if (bySeed.some((samples) => samples.length === 0)) return null;
    return measured(bySeed.map((samples) => mean(samples.map((sample) => Number(of(sample))))));
  };
  return {
    verdict,
    samples: bySeed.flat().length,
    completeness: cell(({ completeness }) => completeness),
    "all steps true": cell(({ allTrue }) => allTrue),
    sound: cell(({ sound }) => sound),
    guessed: verdict === "right" ? cell(({ derived }) => !derived) : null,
  };
}

/** All samples of a run in one language. */
async function scoredSamples(
  run: StoredRun,
  language: Language,
  items: readonly SynthItem[],
  isTrueStep: (step: string) => boolean,
): Promise<ScoredSample[]> {
  const references = await referencesOf(run, language, items);
  const [correct, trap] = ["correct", "trap"].map((name) => run.array(`${name} ${language}`));
  const n = sampleCount(run);
  const scored: ScoredSample[] = [];
  await forEachSample(join(run.folder, RUN_FILES.samples), (record) => {
    const reference = references.get(record.problem);
    if (record.status === "failed" || reference === undefined) return; // or in the other language
    const place = reference.problem * n + record.sample;
    const verdict = VERDICTS[correct[place] === 1 ? 0 : trap[place] === 1 ? 1 : 2];
    scored.push({ verdict, ...scoreDerivation(derivationOf(record.text), reference.steps, isTrueStep) });
  });
  return scored;
}

interface Reference {
  /** Its row. */
  readonly problem: number;
  readonly steps: readonly string[];
}

/** The lessons' derivations of a run's problems, by the problems' names. */
async function referencesOf(
  run: StoredRun,
  language: Language,
  items: readonly SynthItem[],
): Promise<ReadonlyMap<string, Reference>> {
  const file = join(run.folder, RUN_FILES.problems(language));
  const { problems } = await readProblemFile(file);
  return new Map(
    problems.map(({ id, text }, problem) => {
      const item = items[problem];
      if (item?.text[language] !== text)
        throw new DataError(
          "The problem is not the one that the lessons make now.",
          { file, line: problem + 1, field: "problem" },
          "Make the run anew.",
        );
      return [id, { problem, steps: stepsOf(item.work) }];
    }),
  );
}
