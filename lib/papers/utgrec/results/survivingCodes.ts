import type { StoredRun } from "../../../experiment/store";
import { barFigure, type Figure, heatmapFigure } from "../../../figures";
import { present, seedCount } from "../../../recsys/variantReport";
import type { UtgRecConfig } from "../config";
import { type Ledger, labelOf } from "../ledger";
import { codesAt } from "../tokenizer/codes/codeStatistics";

/** Codes that a heatmap has room for, the most frequent ones before the adaptation. */
const MOST_CODES = 24;

/**
 * Which first codes outlive the adaptation: how many items of the target have one before it and one after it.
 * @param run of the target's tokenizer
 * @throws Error where there was nothing to adapt
 */
export function survivalFigure(run: StoredRun, { levels }: Pick<UtgRecConfig, "levels">): Figure {
  if (!("first codes kept" in run.metrics))
    throw new Error("survivalFigure: this tokenizer was trained on the target alone: no codes came before.");
  const [before, after] = ["codesBefore", "nearestCodes"].map((name) =>
    codesAt(0, Int32Array.from(run.array(name)), levels),
  );
  const count = (code: number) => before.filter((own) => own === code).length;
  const codes = [...new Set([...before, ...after])]
    .sort((a, b) => count(b) - count(a) || a - b)
    .slice(0, MOST_CODES)
    .sort((a, b) => a - b);
  const rows = codes.flatMap((from) =>
    codes.map((to) => ({
      before: `${from}`,
      after: `${to}`,
      items: before.filter((code, item) => code === from && after[item] === to).length,
    })),
  );
  const kept = Math.round(100 * run.metrics["first codes kept"]);
  return heatmapFigure(rows, {
    title: "Which first codes outlive the adaptation",
    subtitle: `Items of the target by their first code, seed ${run.seed}; on the diagonal those that keep it, ${kept}%`,
    x: { column: "after", title: "first code after the adaptation" },
    y: { column: "before", title: "first code before it" },
    color: { column: "items", title: "items" },
    height: 480,
  });
}

/** How much of what the pre-trained tokenizer writes is left after each kind of adaptation. */
export function keptFigure(
  ledger: Ledger,
  names: readonly string[] = ["full", "free-E", "plain-VQ", "flat-books"],
): Figure {
  const adapted = present({ runs: ledger.tokenizers }, names);
  const rows = adapted.flatMap((name) =>
    ledger.tokenizers(name).flatMap(({ metrics }) => [
      { tokenizer: labelOf(name), what: "first code", share: 100 * metrics["first codes kept"] },
      { tokenizer: labelOf(name), what: "all codes", share: 100 * metrics["tuples kept"] },
    ]),
  );
  return barFigure(rows, {
    title: "What the adaptation leaves as it was",
    subtitle: `Items of the target, ${seedCount(ledger.seeds)}; bars: one standard deviation`,
    category: { column: "tokenizer", title: "tokenizer" },
    value: { column: "share", title: "items that keep it", unit: "%", range: [0, 100] },
    series: "what",
    horizontal: true,
  });
}
