import type { Figure } from "../../../figures";
import { differenceIntervals, modelBars, popularityBars, seedCount } from "../../../recsys/variantReport";
import { beats, claimRuns } from "../claims";
import { type Ledger, variantNames } from "../ledger";
import { targetOf } from "../runs/training";
import type { AblationName } from "../variants";
import { variants } from "./tables";

function subtitle(ledger: Ledger, rest: string): string {
  return `Target domain, ${seedCount(ledger.seeds)}; ${rest}`;
}

/** The paper's table of results on this world, as bars. */
export function modelFigure(ledger: Ledger, names: readonly string[] = variantNames("models")): Figure {
  return modelBars(variants(ledger), names, subtitle(ledger, "bars: one standard deviation"));
}

/** An ablation's variants against UTGRec, over the same users and seeds. */
export function ablationFigure(ledger: Ledger, ablation: AblationName = "components"): Figure {
  const runs = claimRuns(ledger);
  const names = variantNames(ablation).filter((name) => name !== "full");
  return differenceIntervals(variants(ledger), names, (name) => beats(runs, name, "full"), {
    title: "What one change costs, or gains",
    subtitle: `${seedCount(ledger.seeds)}; 95% intervals of the difference from UTGRec`,
  });
}

/** Who gains: Recall@10 on rare and on popular targets. */
export function popularityFigure(ledger: Ledger, names: readonly string[] = ["TIGER", "full"]): Figure {
  const { data } = targetOf(ledger.world);
  return popularityBars(variants(ledger), data, names, subtitle(ledger, "bars: one standard deviation"));
}
