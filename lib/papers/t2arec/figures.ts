import { type Figure, histogramFigure, intervalFigure, lineFigure } from "../../figures";
import type { SequentialDataset } from "../../recsys";
import { beats } from "./claims";
import { popularityDrift, userGaps } from "./exploration";
import { claimRuns, type Study } from "./study";
import { segmentRows } from "./tables";
import { ABLATIONS } from "./variants";

/** Gaps between a user's interactions, on a logarithmic axis. */
export function gapFigure(data: SequentialDataset): Figure {
  const { rows, ties } = userGaps(data);
  const share = ((100 * ties) / (ties + rows.length)).toFixed(0);
  return histogramFigure(rows, {
    title: "Time between a user's interactions",
    subtitle: `${share}% of the pairs have the same time stamp and are left out`,
    value: { column: "days", title: "gap", unit: "days", scale: "log" },
    count: { title: "pairs of interactions" },
  });
}

/** How far the items' popularity moves away from that of the first slice of time. */
export function driftFigure(data: SequentialDataset): Figure {
  return lineFigure(popularityDrift(data), {
    title: "What is popular drifts",
    subtitle: "Ten slices of equal count; rank correlation of item counts with the first slice",
    x: { column: "day", title: "middle of the slice", unit: "days since the first interaction" },
    y: { column: "correlation", title: "Spearman correlation", range: [0, 1.05] },
  });
}

/** The paper's figure 2 on this data: NDCG@10 by segment of test time. */
export function segmentFigure(study: Study): Figure {
  const figure = lineFigure(segmentRows(study), {
    title: "NDCG@10 by time of the test target",
    subtitle: `Mean over ${study.seeds.length} seeds, band: one standard deviation`,
    x: { column: "segment", title: "segment of test time, earliest first" },
    y: { column: "ndcg", title: "NDCG@10", range: [0, null] },
    series: "model",
  });
  return { ...figure, layout: { ...figure.layout, xaxis: { ...figure.layout.xaxis, dtick: 1 } } };
}

/** What each loss and the test-time step are worth: every variant against the model without both losses. */
export function ablationFigure(study: Study, data: SequentialDataset): Figure {
  const runs = claimRuns(study, data);
  const rows = ABLATIONS.filter(({ name }) => name !== "noBoth").map(({ name, label }) => ({
    variant: label,
    ...beats(runs, name, "noBoth"),
  }));
  return intervalFigure(rows, {
    title: "What the losses and the test-time step are worth",
    subtitle: '95% interval over users and seeds of the paired difference from "w/o both"',
    category: { column: "variant", title: "variant" },
    estimate: { column: "difference", title: "difference in NDCG@10" },
    interval: { lower: "low", upper: "high" },
    baseline: 0,
  });
}
