import { mean } from "../../experiment/statistics";
import { barFigure, type Figure, histogramFigure, intervalFigure, lineFigure } from "../../figures";
import type { SequentialDataset } from "../../recsys";
import { beats, claimRuns } from "./claims";
import { popularityDrift, userGaps } from "./exploration";
import { type Ledger, labelOf, variantNames } from "./ledger";
import { PUBLISHED_GAINS } from "./published";
import { segmentRows, segmentsOf } from "./tables";

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

/** The paper's table 2 on this data, as bars. */
export function modelFigure(ledger: Ledger): Figure {
  const rows = variantNames("models").flatMap((name) =>
    ledger.runs(name).map(({ metrics }) => ({ model: labelOf(name), ndcg: metrics["NDCG@10"] })),
  );
  return barFigure(rows, {
    title: "Models under one protocol",
    subtitle: `${ledger.loaded.meta.title}; mean over ${ledger.seeds.length} seeds, bars: one standard deviation`,
    category: { column: "model", title: "model" },
    value: { column: "ndcg", title: "NDCG@10" },
    horizontal: true,
  });
}

/** The paper's figure 2 on this data: NDCG@10 by segment of test time. */
export function segmentFigure(ledger: Ledger, names: readonly string[] = variantNames("models")): Figure {
  return segmentAxis(
    lineFigure(segmentRows(ledger, names), {
      title: "NDCG@10 by time of the test target",
      subtitle: `${ledger.loaded.meta.title}; mean over ${ledger.seeds.length} seeds, band: one standard deviation`,
      x: { column: "segment", title: SEGMENT },
      y: { column: "ndcg", title: "NDCG@10", range: [0, null] },
      series: "model",
    }),
  );
}

/** The paper's figure 5 on this data, with the paper's numbers beside: T2ARec's gain over the better of TiM4Rec and TTT4Rec. */
export function gainFigure(ledger: Ledger): Figure {
  return segmentAxis(
    lineFigure(gainRows(ledger), {
      title: "T2ARec's gain over the better of TiM4Rec and TTT4Rec",
      subtitle: `${ledger.loaded.meta.title}, ${ledger.seeds.length} seeds, band: one standard deviation; the paper's figure 5 beside`,
      x: { column: "segment", title: SEGMENT },
      y: { column: "gain", title: "relative gain in NDCG@10", unit: "%" },
      series: "source",
    }),
  );
}

const SEGMENT = "segment of test time, earliest first";

function segmentAxis(figure: Figure): Figure {
  return { ...figure, layout: { ...figure.layout, xaxis: { ...figure.layout.xaxis, dtick: 1 } } };
}

/** Gains in percent, seed by seed, over that of the two models whose mean over the seeds is higher in the segment. */
export function gainRows(ledger: Ledger): { source: string; segment: number; gain: number }[] {
  const { segments } = ledger.config;
  const values = (name: string) => ledger.runs(name).map(({ metrics }) => segmentsOf(metrics, segments));
  const ours = values("full");
  const rivals = ["TiM4Rec", "TTT4Rec"].map(values);
  const rows = Array.from({ length: segments }, (_, i) => {
    const best = Math.max(...rivals.map((rival) => mean(rival.map((run) => run[i]))));
    return ours.map((run) => ({ source: "here", segment: i + 1, gain: 100 * (run[i] / best - 1) }));
  });
  const published = PUBLISHED_GAINS.ml1m.map((gain, i) => ({
    source: "paper, MovieLens-1M",
    segment: i + 1,
    gain: 100 * gain,
  }));
  return [...rows.flat(), ...published];
}

/** What each loss and the test-time step are worth: every variant against the model without both losses. */
export function ablationFigure(ledger: Ledger): Figure {
  const runs = claimRuns(ledger);
  const names = variantNames("losses").filter((name) => name !== "noBoth" && ledger.runs(name).length > 0);
  const rows = names.map((name) => ({ variant: labelOf(name), ...beats(runs, name, "noBoth") }));
  return intervalFigure(rows, {
    title: "What the losses and the test-time step are worth",
    subtitle: `${ledger.loaded.meta.title}; 95% interval over users and seeds of the paired difference from "w/o both"`,
    category: { column: "variant", title: "variant" },
    estimate: { column: "difference", title: "difference in NDCG@10" },
    interval: { lower: "low", upper: "high" },
    baseline: 0,
  });
}
