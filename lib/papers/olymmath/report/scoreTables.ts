import { consistencyGaps } from "../analyses/consistency";
import type { SetMetrics } from "../metrics/setMetrics";
import type { EvaluationReport } from "./evaluationReport";
import {
  type EvaluationTable,
  fixed,
  percent,
  percentWithInterval,
  problemsText,
  pValueText,
  samplesText,
} from "./format";
import { MODES } from "./results";

type Rows = EvaluationTable["rows"];

/** How much is right. */
export function scoreTables(report: EvaluationReport): EvaluationTable[] {
  const covered = `${100 * report.intervals.level}% intervals in brackets`;
  return [
    {
      title: "Scores by set",
      rows: scores(report),
      note: `Percent; ${covered}: problems are drawn anew, and their samples. Where all outcomes are equal, or problems are few, they are too narrow: no resampling sees what has not happened. n: samples of each problem; k: the largest number of which every problem has as many.`,
    },
    published(report),
    {
      title: "Pass@k and Cons@k",
      rows: curves(report),
      note: `Percent; ${covered}. Gap: Pass@k - Cons@k. Of answers with equally many votes of all n, ref takes the one that came first and want their mean; for k < n both take the mean.`,
    },
    { title: "Scores by field", rows: fields(report), note: `Percent; ${covered}.` },
    {
      title: "English against Chinese",
      rows: languages(report),
      note: `Pass@1 in percent over the problems that have samples in both languages; ${covered}. W: Wilcoxon's sum of the positive ranks, over the pairs that differ; adjusted by Holm's correction over the rows of one way of checking.`,
    },
  ];
}

function scores({ sets }: EvaluationReport): Rows {
  return sets.flatMap((one) =>
    MODES.map((mode) => {
      const { metrics } = one[mode];
      return {
        ...{ set: one.set, problems: problemsText(metrics), n: samplesText(metrics), checked: mode },
        "Pass@1": percentWithInterval(metrics.accuracy),
        ...largestK(metrics),
        file: one.sha256.slice(0, 8),
      };
    }),
  );
}

/** Pass@k and Cons@k with the largest k. */
function largestK({ pass, consensus }: SetMetrics): Rows[number] {
  const last = pass.length - 1;
  if (last < 0) return { k: null, "Pass@k": null, "Cons@k": null };
  return {
    k: pass[last].k,
    "Pass@k": percentWithInterval(pass[last].estimate),
    "Cons@k": percentWithInterval(consensus[last].estimate),
  };
}

function published({ sets, model, published: others }: EvaluationReport): EvaluationTable {
  const rows = sets
    .filter(({ synthetic }) => !synthetic)
    .map(({ set, ref: { metrics } }) => ({
      ...{ set, problems: problemsText(metrics), n: samplesText(metrics) },
      [`${model}, ref`]: percentWithInterval(metrics.accuracy),
      ...Object.fromEntries((others?.models ?? []).map((scores) => [scores.model, scores[set].toFixed(1)])),
    }));
  return {
    title: "Beside published scores",
    rows,
    note: `Pass@1 in percent. Columns after ours: ${others?.source}. Fewer problems than a set has, or a smaller limit of tokens, make ours another measure.`,
  };
}

function curves({ sets }: EvaluationReport): Rows {
  return sets.flatMap((one) =>
    MODES.flatMap((mode) => {
      const { metrics } = one[mode];
      return consistencyGaps(metrics).map(({ k, gap }, at) => ({
        ...{ set: one.set, problems: problemsText(metrics), n: samplesText(metrics), checked: mode, k },
        "Pass@k": percentWithInterval(metrics.pass[at].estimate),
        "Cons@k": percentWithInterval(metrics.consensus[at].estimate),
        gap: percent(gap),
      }));
    }),
  );
}

function fields({ sets }: EvaluationReport): Rows {
  return sets.flatMap((one) =>
    MODES.flatMap((mode) =>
      one[mode].fields.map(({ field, metrics }) => ({
        ...{ set: one.set, field, problems: problemsText(metrics), n: samplesText(metrics), checked: mode },
        "Pass@1": percentWithInterval(metrics.accuracy),
        ...largestK(metrics),
      })),
    ),
  );
}

function languages({ languageGap }: EvaluationReport): Rows {
  return MODES.flatMap((mode) =>
    (languageGap?.[mode] ?? []).map(
      ({ tier, field, problems, en, zh, difference, test, adjustedPValue }) => ({
        ...{ tier, field, problems, checked: mode, English: percent(en), Chinese: percent(zh) },
        difference: percentWithInterval(difference),
        ...{ W: fixed(test.statistic, 1), pairs: test.pairs },
        ...{ p: pValueText(test.pValue), "p, adjusted": pValueText(adjustedPValue) },
      }),
    ),
  );
}
