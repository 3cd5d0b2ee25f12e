import { BENCHMARK_SETS } from "../analyses/benchmarkLine";
import { SET_NAMES } from "../problems/problem";
import type { Comparison } from "./comparison";
import { type EvaluationTable, fixed, MISSING, percent, percentWithInterval, pValueText } from "./format";
import { MODES } from "./results";

type Rows = EvaluationTable["rows"];

/** All tables of a comparison that have something to show. */
export function comparisonTables(of: Comparison): EvaluationTable[] {
  const covered = `${100 * of.intervals.level}% intervals in brackets`;
  const tables: EvaluationTable[] = [
    { title: "Models", rows: models(of), literal: ["settings", "folder"] },
    {
      title: "Scores by set",
      rows: scores(of),
      note: `Percent; ${covered}. Over the problems of which all models with the set have samples. n: samples of each problem; k: the most that all have; Cons@k with fewer than all samples is the mean over subsets, ties averaged. Cons@n is that of the model's own report: with other n it is another measure.`,
    },
    {
      title: "Pass@1 beside published scores",
      rows: published(of),
      note: `Percent; ours are checked by ref, ${covered}. Published: ${of.published?.source}. Fewer problems than a set has, or a smaller limit of tokens, make ours another measure.`,
    },
    {
      title: "Solved now and then, but not by the vote",
      rows: gaps(of),
      note: "Percent. At n over all samples and problems of the model's own report.",
    },
    {
      title: "English against Chinese, by model",
      rows: languagesByModel(of),
      note: `Pass@1 in percent over the problems of which the model has samples in both languages; ${covered}. p: Wilcoxon's signed-rank test over problems; adjusted by Holm's correction over the rows of one way of checking.`,
    },
    {
      title: "English against Chinese, over the models",
      rows: languagesPooled(of),
      note: `Of each problem the mean over the models that have the tier in both languages, then as above; ${covered}. W: the sum of the positive ranks.`,
    },
    {
      title: "Lengths of right and wrong samples",
      rows: lengths(of),
      note: "Means, over all samples of the model's own report. Tokens are of the completion, as the model's own tokenizer counts them, thoughts included. A sample that was cut off is as long as was allowed.",
    },
    {
      title: "Against AIME24",
      rows: lines(of),
      note: `Least-squares lines over the models below, in percent: score = intercept + slope · AIME24. Published: ${of.published?.source}.`,
    },
    { title: "Scores beside AIME24", rows: benchmark(of), note: "Pass@1 in percent." },
  ];
  return tables.filter(({ rows }) => rows.length > 0);
}

function models({ models: compared }: Comparison): Rows {
  return compared.map(({ name, folder, settings, settingsId, backends, firstSample, lastSample }) => ({
    ...{ model: name, through: backends.join(", "), temperature: settings.temperature },
    ...{ "top-p": settings.topP, "min-p": settings.minP, "most tokens": settings.maxTokens },
    ...{ seed: settings.seed, settings: settingsId.slice(0, 8) },
    samples: `${firstSample.slice(0, 10)} to ${lastSample.slice(0, 10)}`,
    folder,
  }));
}

/** In the order of the sets, then of the models: what is to be compared stands together. */
function scores({ scores: rows }: Comparison): Rows {
  return rows.map(({ set, model, mode, problems, sampled, samples, accuracy, k, pass, consensus, own }) => ({
    ...{ set, model, checked: mode },
    problems: problems === sampled ? `${problems}` : `${problems} of ${sampled}`,
    n: samples.least === samples.most ? `${samples.most}` : `${samples.least}-${samples.most}`,
    "Pass@1": percentWithInterval(accuracy),
    k,
    "Pass@k": percentWithInterval(pass),
    "Cons@k": percentWithInterval(consensus),
    "Cons@n": percentWithInterval(own.consensus.estimate),
  }));
}

function published({ models: compared, scores: rows, published: others }: Comparison): Rows {
  if (others === undefined) return [];
  const sets = SET_NAMES.filter((set) => rows.some((row) => row.set === set));
  const line = (model: string, from: string, of: (set: (typeof sets)[number]) => string) => ({
    ...{ model, from },
    ...Object.fromEntries(sets.map((set) => [set, of(set)])),
  });
  const ours = compared.map(({ name }) =>
    line(name, "here", (set) => {
      const found = rows.find((row) => row.model === name && row.set === set && row.mode === "ref");
      return found === undefined ? MISSING : percentWithInterval(found.accuracy);
    }),
  );
  return [...ours, ...others.models.map((one) => line(one.model, "published", (set) => fixed(one[set], 1)))];
}

function gaps({ scores: rows }: Comparison): Rows {
  return rows.map(({ set, model, mode, k, gap, samples, own }) => ({
    ...{ set, model, checked: mode, k, "Pass@k - Cons@k": percent(gap), n: samples.least },
    "Pass@n - Cons@n": percent(own.pass.estimate.value - own.consensus.estimate.value),
  }));
}

function languagesByModel({ languages }: Comparison): Rows {
  return MODES.flatMap((mode) =>
    languages[mode].byModel.map(({ tier, model, problems, en, zh, difference, test, adjustedPValue }) => ({
      ...{ tier, model, problems, checked: mode, English: percent(en), Chinese: percent(zh) },
      difference: percentWithInterval(difference),
      ...{ p: pValueText(test.pValue), "p, adjusted": pValueText(adjustedPValue) },
    })),
  );
}

function languagesPooled({ languages }: Comparison): Rows {
  return MODES.flatMap((mode) =>
    languages[mode].pooled.map(
      ({ tier, field, models: count, problems, en, zh, difference, test, adjustedPValue }) => ({
        ...{ tier, field, models: count, problems, checked: mode },
        ...{ English: percent(en), Chinese: percent(zh), difference: percentWithInterval(difference) },
        ...{ W: fixed(test.statistic, 1), pairs: test.pairs },
        ...{ p: pValueText(test.pValue), "p, adjusted": pValueText(adjustedPValue) },
      }),
    ),
  );
}

function lengths({ scores: rows }: Comparison): Rows {
  return rows.flatMap(({ set, model, mode, lengths: table }) =>
    (["correct", "incorrect"] as const).map((verdict) => ({
      ...{ set, model, checked: mode, verdict, samples: table[verdict].samples },
      tokens: fixed(table[verdict].tokens, 1),
      "characters of thoughts": fixed(table[verdict].reasoning, 1),
      "characters shown": fixed(table[verdict].visible, 1),
    })),
  );
}

function lines({ benchmark: found }: Comparison): Rows {
  return (found?.lines ?? []).map(({ set, models: count, slope, intercept, pearson, spearman }) => ({
    ...{ set, models: count, slope: fixed(slope, 2), intercept: fixed(intercept, 1) },
    ...{ Pearson: fixed(pearson, 3), Spearman: fixed(spearman, 3) },
  }));
}

function benchmark({ benchmark: found }: Comparison): Rows {
  return (found?.models ?? []).map(({ model, AIME24, ...of }) => ({
    ...{ model, AIME24: fixed(AIME24, 1) },
    ...Object.fromEntries(BENCHMARK_SETS.map((set) => [set, fixed(of[set] ?? Number.NaN, 1)])),
  }));
}
