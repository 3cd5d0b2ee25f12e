import type { StoredRun } from "../../experiment/store";
import { type Figure, lineFigure, scatterFigure } from "../../figures";
import { denseMatrix } from "../../recsys/generative/matrix";
import { applyPca, fitPca } from "../../recsys/generative/pca";
import { differenceIntervals, modelBars, popularityBars, seedCount } from "../../recsys/variantReport";
import { beats, claimRuns } from "./claims";
import { type Ledger, variantNames } from "./ledger";
import { PUBLISHED_CHURN } from "./published";
import { chanceRows, variants } from "./tables";
import { churnRows, type QuantizedItems, quantizedItems } from "./tokenization";
import type { AblationName } from "./variants";

function subtitle(ledger: Ledger, rest: string): string {
  return `${ledger.catalogue.meta.title}, ${seedCount(ledger.seeds)}; ${rest}`;
}

/** The paper's table 5 as lines: items that two snapshots write differently, by how far apart they are. */
export function churnFigure(ledger: Ledger): Figure {
  const ours = ledger.tokenizers(ledger.config.backbone).flatMap((run) =>
    churnRows(run).flatMap(({ gap, first, any }) => [
      { gap, share: 100 * first, what: "first token, here" },
      { gap, share: 100 * any, what: "any token, here" },
    ]),
  );
  // The paper goes on to snapshots 30 apart.
  const published = PUBLISHED_CHURN.filter(({ gap }) => gap <= 10).flatMap(({ gap, first, any }) => [
    { gap, share: first.Scientific, what: "first token, paper (Scientific)" },
    { gap, share: any.Scientific, what: "any token, paper (Scientific)" },
  ]);
  return lineFigure([...ours, ...published], {
    title: "Neighbouring snapshots write most items alike",
    subtitle: subtitle(ledger, "band: one standard deviation"),
    x: { column: "gap", title: "snapshots apart" },
    y: { column: "share", title: "items written differently", unit: "%", range: [0, null] },
    series: "what",
  });
}

/** Series that a scatter can tell apart, and points that it can show. */
const NAMED_CODES = 6;
const SHOWN_ITEMS = 2000;

/**
 * Items in the plane of the two main axes of their quantised latents: what their codes say of them.
 * @param groups [V], 0-based, of the items; default: their first code, the most frequent ones by name
 */
export function codeFigure(run: StoredRun, groups?: ArrayLike<number>): Figure {
  const { items, dimensions, values, firstCodes }: QuantizedItems = quantizedItems(run);
  const x = denseMatrix(items, dimensions, values);
  const plane = applyPca(fitPca(x, 2), x);
  const named = frequentCodes(firstCodes);
  const groupOf = (item: number) => {
    if (groups !== undefined) return `group ${groups[item] + 1}`;
    return named.includes(firstCodes[item]) ? `code ${firstCodes[item]}` : "other codes";
  };
  const stride = Math.ceil(items / SHOWN_ITEMS);
  const rows = Array.from({ length: Math.floor(items / stride) }, (_, row) => {
    const item = row * stride;
    return { x: plane.values[2 * item], y: plane.values[2 * item + 1], group: groupOf(item) };
  });
  return scatterFigure(rows, {
    title: "What the codes say of the items",
    subtitle: `The sum of an item's codewords in their two main directions, by ${groups === undefined ? "first code" : "planted group"}`,
    x: { column: "x", title: "first principal component" },
    y: { column: "y", title: "second principal component" },
    series: "group",
    order: groups === undefined ? named.map((code) => `code ${code}`) : undefined,
  });
}

function frequentCodes(codes: Int32Array): number[] {
  const counts = new Map<number, number>();
  for (const code of codes) counts.set(code, (counts.get(code) ?? 0) + 1);
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, NAMED_CODES)
    .map(([code]) => code);
}

/** The chances of the tokenizers over the stages of one run's pre-training. */
export function chanceFigure(ledger: Ledger, run: StoredRun): Figure {
  return lineFigure(chanceRows(run), {
    title: "Which tokenizer writes the next example",
    subtitle: `${ledger.catalogue.meta.title}, seed ${run.seed}; set anew after each stage`,
    x: { column: "epoch", title: "epochs of pre-training" },
    y: { column: "chance", title: "chance of the tokenizer", range: [0, null] },
    series: "tokenizer",
  });
}

/** The paper's figure 5 on this data. */
export function popularityFigure(ledger: Ledger, names: readonly string[] = ["TIGER++", "full"]): Figure {
  const { data } = ledger.catalogue;
  return popularityBars(variants(ledger), data, names, subtitle(ledger, "bars: one standard deviation"));
}

/** The paper's table 2 on this data, as bars. */
export function modelFigure(ledger: Ledger): Figure {
  return modelBars(
    variants(ledger),
    variantNames("models"),
    subtitle(ledger, "bars: one standard deviation"),
  );
}

/** An ablation's variants against MTGRec, over the same users and seeds. */
export function ablationFigure(ledger: Ledger, ablation: AblationName = "components"): Figure {
  const runs = claimRuns(ledger);
  const names = variantNames(ablation).filter((name) => name !== "full");
  return differenceIntervals(variants(ledger), names, (name) => beats(runs, name, "full"), {
    title: "What leaving a part out costs",
    subtitle: subtitle(ledger, "95% interval over users and seeds of the paired difference from MTGRec"),
  });
}
