import { measured, type ResultTable } from "../../experiment/record";
import type { StoredRun } from "../../experiment/store";
import { present } from "../../recsys/variantReport";
import { type Ledger, labelOf, variantNames } from "./ledger";
import { languageTest, meanOf, passAt, problemsOf, ratio, sampleCount, tally } from "./measures";
import { LANGUAGES } from "./problems/problem";
import { PUBLISHED, PUBLISHED_FIELDS, PUBLISHED_SAMPLING } from "./published";
import { FAMILIES } from "./synthetic/families";
import { LESSONS } from "./synthetic/inHouse/lessons";
import { ABLATIONS, type AblationName } from "./variants";

type Rows = ResultTable["rows"];
type Cell = Rows[number][string];

/** Variants that have runs, each once, in the order of the ablations. */
export function shown(ledger: Pick<Ledger, "runs">): string[] {
  const names = (Object.keys(ABLATIONS) as AblationName[]).flatMap(variantNames);
  return present(ledger, [...new Set(names)]);
}

/** Over the seeds; nothing where a seed does not have the number. */
function cellOf(values: readonly number[]): Cell {
  return values.some(Number.isNaN) ? null : measured(values);
}

function metricCells(runs: readonly StoredRun[], names: readonly string[]): Record<string, Cell> {
  return Object.fromEntries(names.map((name) => [name, cellOf(runs.map(({ metrics }) => metrics[name]))]));
}

const SCORES = [
  ...["pass@1 EN", "pass@1 ZH", "gap", "pass@n EN", "cons@n EN", "guess rate EN"],
  ...["boxed EN", "truncated EN"],
] as const;

/** The measures of each variant, shares of 1. */
export function scoreTable(ledger: Pick<Ledger, "runs">): Rows {
  return shown(ledger).map((name) => {
    const runs = ledger.runs(name);
    return { variant: labelOf(name), n: sampleCount(runs[0]), ...metricCells(runs, SCORES) };
  });
}

/** The main variant, family by family in both languages. */
export function familyTable({ runs }: Pick<Ledger, "runs">): Rows {
  const own = runs("main");
  if (own.length === 0) return [];
  return LESSONS.flatMap(({ family }, place) => {
    const problems = problemsOf(own[0], place);
    if (problems.length === 0) return [];
    const [english, chinese] = LANGUAGES.map((language) =>
      own.map((run) => meanOf(passAt(run, language, 1), problems)),
    );
    const tallies = own.map((run) => tally(run, "EN"));
    return {
      family,
      field: FAMILIES.find(({ name }) => name === family)!.field,
      problems: problems.length,
      "pass@1 EN": cellOf(english),
      "pass@1 ZH": cellOf(chinese),
      gap: cellOf(english.map((score, seed) => score - chinese[seed])),
      "guess rate EN": cellOf(tallies.map(({ trapped, wrong }) => ratio(trapped, wrong, problems))),
    };
  });
}

/** English against Chinese, problem by problem; of each the right samples of all seeds are compared. @see OlymMATH, analysis of languages */
export function languageTable(ledger: Pick<Ledger, "runs">): Rows {
  return present(ledger, variantNames("language")).map((name) => {
    const runs = ledger.runs(name);
    const { EN, ZH, pValue } = languageTest(runs);
    const signs = Array.from(EN, (right, problem) => Math.sign(right - ZH[problem]));
    return {
      variant: labelOf(name),
      ...metricCells(runs, ["pass@1 EN", "pass@1 ZH", "gap", "boxed EN", "boxed ZH"]),
      "better in English": signs.filter((sign) => sign > 0).length,
      "better in Chinese": signs.filter((sign) => sign < 0).length,
      alike: signs.filter((sign) => sign === 0).length,
      "p (Wilcoxon)": pValue.toPrecision(2),
    };
  });
}

/** Mean tokens of right and wrong samples, where a seed has both. @see OlymMATH v1, lengths */
export function lengthTable(ledger: Pick<Ledger, "runs">): Rows {
  return shown(ledger).flatMap((name) =>
    LANGUAGES.map((language) => {
      const runs = ledger.runs(name);
      const tallies = runs.map((run) => tally(run, language));
      const problems = problemsOf(runs[0]);
      return {
        variant: labelOf(name),
        language,
        "tokens, right": cellOf(tallies.map(({ rightTokens, right }) => ratio(rightTokens, right, problems))),
        "tokens, wrong": cellOf(tallies.map(({ wrongTokens, wrong }) => ratio(wrongTokens, wrong, problems))),
        truncated: cellOf(runs.map(({ metrics }) => metrics[`truncated ${language}`])),
      };
    }),
  );
}

/** The benchmark's own way of checking beside the stricter and kinder one, over the samples of all seeds. */
export function checkingTable(ledger: Pick<Ledger, "runs">): Rows {
  return shown(ledger).flatMap((name) =>
    LANGUAGES.map((language) => {
      const runs = ledger.runs(name);
      const pairs = runs.flatMap((run) => {
        const ref = run.array(`correct ${language} ref`);
        return Array.from(run.array(`correct ${language}`), (want, place) => ({ want, ref: ref[place] }));
      });
      const [pass, vote] = [`pass@1 ${language}`, `cons@n ${language}`];
      const of = (metric: string) => cellOf(runs.map(({ metrics }) => metrics[metric]));
      return {
        ...{ variant: labelOf(name), language, samples: pairs.length },
        "right by ref alone": pairs.filter(({ want, ref }) => ref > want).length,
        "right by want alone": pairs.filter(({ want, ref }) => want > ref).length,
        ...{ "pass@1, ref": of(`${pass} ref`), "pass@1, want": of(pass) },
        ...{ "cons@n, ref": of(`${vote} ref`), "cons@n, want": of(vote) },
      };
    }),
  );
}

/** Of the variants that were trained, and not asked with other settings only. */
export function trainingTable(ledger: Pick<Ledger, "runs">): Rows {
  const trained = shown(ledger).filter((name) =>
    ledger.runs(name).every(({ timings }) => timings["training seconds"] !== undefined),
  );
  return trained.map((name) => {
    const runs = ledger.runs(name);
    const seconds = (timing: string) => cellOf(runs.map(({ timings }) => Math.round(timings[timing])));
    return {
      variant: labelOf(name),
      ...metricCells(runs, ["parameters", "training tokens", "loss", "validation loss"]),
      "training, s": seconds("training seconds"),
      "sampling, s": seconds("sampling seconds"),
    };
  });
}

/** What the authors published, in percent. */
export function publishedTable(): Rows {
  return PUBLISHED.map(asPublished);
}

/** The same field by field, and what ten samples vote for. */
export function publishedFieldTable(): Rows {
  return PUBLISHED_FIELDS.map(asPublished);
}

/** What up to 64 samples find, and what 64 vote for. */
export function publishedSamplingTable(): Rows {
  return PUBLISHED_SAMPLING.map(asPublished);
}

/** Scores with the one digit that they were published with. */
function asPublished(scores: object): Rows[number] {
  const cell = (value: string | number) => (typeof value === "number" ? value.toFixed(1) : value);
  return Object.fromEntries(Object.entries(scores).map(([name, value]) => [name, cell(value)]));
}
