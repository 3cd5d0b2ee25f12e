import { pairedBootstrap } from "../../experiment/statistics";
import { barFigure, type Figure, heatmapFigure, lineFigure } from "../../figures";
import type { ReasoningTree } from "../../recsys/generative/reasoningTree";
import { differenceIntervals, modelBars, popularityBars, seedCount } from "../../recsys/variantReport";
import { beats, claimRuns } from "./claims";
import { type Ledger, labelOf, variantNames } from "./ledger";
import { REWARDS } from "./rewards";
import { cosineRows, costRows, loggedRows, timeAtOnce, variants } from "./tables";
import { runTokens } from "./thoughts";
import type { AblationName } from "./variants";

function subtitle(ledger: Ledger, rest: string): string {
  return `${ledger.loaded.meta.title}, ${seedCount(ledger.seeds)}; ${rest}`;
}

const DEVIATION = "bars: one standard deviation";
const INTERVAL = "95% interval over users and seeds";

/** f1, the planted table of the next category. */
export function categoryFigure({ parameters, f1 }: ReasoningTree): Figure {
  const { personas, categories, structure } = parameters;
  const columns = structure === "history" ? personas : parameters.subcategories;
  const rows = Array.from(f1, (next, at) => ({
    last: `${Math.floor(at / columns)}`,
    other: `${at % columns}`,
    next,
  }));
  return heatmapFigure(rows, {
    title: "f1: the next category",
    subtitle: "Planted at random. For every persona a permutation of the categories",
    x: { column: "other", title: structure === "history" ? "persona, hidden" : "last sub-category" },
    y: { column: "last", title: "last category" },
    color: { column: "next", title: "next category", range: [0, categories - 1] },
    cells: "d",
  });
}

/** f2, the planted table of the next sub-category. */
export function subcategoryFigure({ parameters, f2 }: ReasoningTree): Figure {
  const { categories, subcategories, structure } = parameters;
  const isHistory = structure === "history";
  const columns = isHistory ? categories + 1 : subcategories;
  const rows = Array.from(f2, (next, at) => ({
    own: `${Math.floor(at / columns)}`,
    other: isHistory && at % columns === categories ? "none" : `${at % columns}`,
    next,
  }));
  return heatmapFigure(rows, {
    title: "f2: the next sub-category",
    subtitle: "Planted at random. Two categories must be known, one of them three steps old",
    x: { column: "other", title: isHistory ? "category three steps ago" : "last sub-category" },
    y: { column: "own", title: isHistory ? "next category, from f1" : "last category" },
    color: { column: "next", title: "next sub-category", range: [0, subcategories - 1] },
    cells: "d",
  });
}

/** All models on this data, as bars. */
export function modelFigure(ledger: Ledger): Figure {
  return modelBars(variants(ledger), variantNames("models"), subtitle(ledger, DEVIATION));
}

export function popularityFigure(ledger: Ledger, names: readonly string[] = ["TIGER", "full"]): Figure {
  return popularityBars(variants(ledger), ledger.loaded.data, names, subtitle(ledger, DEVIATION));
}

/** An ablation's variants against its own whole, over the same users and seeds: STREAM-Rec, or where it has no stage 3, stages 1 and 2. */
export function ablationFigure(ledger: Ledger, ablation: AblationName = "stages"): Figure {
  const runs = claimRuns(ledger);
  const all = variantNames(ablation);
  const whole = all.includes("full") ? "full" : "sft";
  const names = all.filter((name) => name !== whole);
  return differenceIntervals(variants(ledger), names, (name) => beats(runs, name, whole), {
    title: whole === "full" ? "What differs from STREAM-Rec" : "What differs from stages 1 and 2",
    subtitle: subtitle(ledger, `${INTERVAL} of the paired difference`),
  });
}

/** Accuracy over the number of thinking tokens, after stage 2. */
export function stepsFigure(ledger: Ledger): Figure {
  const { values } = claimRuns(ledger);
  const interval = (name: string) => {
    const own = values(name, "ndcg");
    return own === undefined
      ? undefined
      : pairedBootstrap(
          own,
          own.map(({ length }) => new Float64Array(length)),
        );
  };
  const rows = variantNames("steps").flatMap((name) => {
    const found = interval(name);
    const steps = Number(name.slice(1));
    return found === undefined ? [] : [{ steps, ndcg: found.difference, low: found.low, high: found.high }];
  });
  const tiger = interval("TIGER");
  return lineFigure(rows, {
    title: "Accuracy over the number of thinking tokens",
    subtitle: subtitle(ledger, `stages 1 and 2; band: ${INTERVAL}`),
    x: { column: "steps", title: "thinking tokens l" },
    y: { column: "ndcg", title: "NDCG@10" },
    band: { lower: "low", upper: "high" },
    references: tiger === undefined ? [] : [{ value: tiger.difference, label: labelOf("TIGER") }],
  });
}

/** Along the thinking steps: how near the states are to the target, on test users. */
export function cosineFigure(ledger: Ledger): Figure {
  return lineFigure(cosineRows(ledger), {
    title: "Do the states come nearer to the target?",
    subtitle: subtitle(ledger, "test users; band: one standard deviation"),
    x: { column: "step", title: "thinking tokens written, i" },
    y: { column: "cosine", title: "cos(s<sub>i</sub>, t)" },
    series: "model",
  });
}

/** What an annotation's log says, and what it is called here. Entropies go up to the logarithm of the number of codes. */
const ANNOTATION = {
  "annotation, last cosine": "cos(s_l, t)",
  "annotation, entropy": "entropy, share of the largest",
  "annotation, repeats": "repeated tokens",
  "annotation, share of the target's tokens": "the target's own tokens",
} as const;

/** What the traces are like that stage 2 annotates before each epoch: by these a degenerate annotation is seen. */
export function annotationFigure(ledger: Ledger): Figure {
  const { config, loaded, seeds } = ledger;
  const { count } = runTokens(config, loaded, seeds[0]).codeTokens;
  const names = Object.keys(ANNOTATION) as (keyof typeof ANNOTATION)[];
  const rows = ledger.runs("sft").flatMap((run) =>
    loggedRows(run, names).map(({ step, name, value }) => ({
      step,
      what: ANNOTATION[name as keyof typeof ANNOTATION],
      value: name === "annotation, entropy" ? value / Math.log(count) : value,
    })),
  );
  return lineFigure(rows, {
    title: "The traces that stage 2 learns",
    subtitle: subtitle(ledger, "training cases; band: one standard deviation"),
    x: { column: "step", title: "epoch of stage 2, before which they are annotated" },
    y: { column: "value", title: "cosine, or share" },
    series: "what",
  });
}

/** The five rewards of stage 3, each the mean over an update's outputs. */
export function rewardFigure(ledger: Ledger): Figure {
  const rows = ledger.runs("full").flatMap((run) => loggedRows(run, REWARDS));
  return lineFigure(rows, {
    title: "The rewards of stage 3",
    subtitle: subtitle(ledger, "sampled outputs; band: one standard deviation"),
    x: { column: "step", title: "update of stage 3" },
    y: { column: "value", title: "mean reward" },
    series: "name",
    order: REWARDS,
  });
}

/** Decoding time of a user. */
export function costFigure(ledger: Ledger): Figure {
  const rows = costRows(ledger);
  const atOnce = timeAtOnce(rows);
  const expected = ({ factor }: { factor: number }) => (factor === 1 ? null : factor * atOnce);
  return barFigure(
    rows.map((row) => ({ ...row, expected: expected(row) })),
    {
      title: "What thinking costs",
      subtitle: subtitle(ledger, DEVIATION),
      category: { column: "decoding", title: "decoding" },
      value: { column: "milliseconds", title: "time a user", unit: "ms" },
      reference: { column: "expected", label: "(l + m) / m of the time at once" },
    },
  );
}
