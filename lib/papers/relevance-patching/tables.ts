import { measured, type ResultTable } from "../../experiment/record";
import { mean, spearman } from "../../experiment/statistics";
import type { StoredRun } from "../../experiment/store";
import { present } from "../../recsys/variantReport";
import { rankHeads } from "./ablation/headLists";
import { gini, topShare } from "./analysis/sparsity";
import { stageLayers } from "./analysis/stageLayers";
import { headEffects } from "./headLists";
import { type Ledger, labelOf, variantNames } from "./ledger";
import { headGroups, sweptLists } from "./maps";
import {
  type AblationModeName,
  ablatedGaps,
  configOf,
  discoveryGap,
  hasMaps,
  headMap,
  intactGap,
  sizeOf,
  streamProfiles,
} from "./measures";
import { areaUnderCurve } from "./statistics/judgement";

type Rows = ResultTable["rows"];

/** Variants that judge, each once. */
export function judging({ runs }: Pick<Ledger, "runs">): string[] {
  return present({ runs }, [...new Set([...variantNames("formats"), ...variantNames("data")])]);
}

/** Those of them that had pairs to patch in every seed. */
export function mapped(ledger: Pick<Ledger, "runs">): string[] {
  return judging(ledger).filter((name) => ledger.runs(name).every(hasMaps));
}

/** How well the model judges, before anything is patched. */
export function judgementTable(ledger: Pick<Ledger, "runs">): Rows {
  return judging(ledger).map((name) => {
    const runs = ledger.runs(name);
    const of = (metric: string) => measured(runs.map(({ metrics }) => metrics[metric]));
    return {
      format: labelOf(name),
      pairs: counted(runs.map(({ metrics }) => metrics.pairs)),
      AUC: of("AUC"),
      "AUC, hard": aucOf(runs, "hard"),
      "AUC, random": aucOf(runs, "random"),
      "AUC, less the bias": of("AUC, less the bias"),
      "order accuracy": of("order accuracy"),
      "gap, logits": of("gap"),
      "P(yes) + P(no)": of("answer mass"),
      "told apart": counted(runs.map(({ metrics }) => metrics["discovery pairs"] + metrics["test pairs"])),
    };
  });
}

/** A whole number of every seed: the one that all have, or the least and the most. */
function counted(values: readonly number[]): number | string {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return least === most ? least : `${least} to ${most}`;
}

/** AUC over the pairs of one kind of negatives; empty where a run has none. */
function aucOf(runs: readonly StoredRun[], kind: "hard" | "random") {
  const kept = (run: StoredRun, side: "clean" | "corrupted") =>
    run.array(side).filter((_, pair) => run.array("negatives")[pair] === Number(kind === "random"));
  if (runs.some((run) => kept(run, "clean").length === 0)) return "";
  return measured(runs.map((run) => areaUnderCurve(kept(run, "clean"), kept(run, "corrupted"))));
}

/** Where in the depth the answer is, from resid_post. */
export function stageTable(ledger: Pick<Ledger, "runs">): Rows {
  return mapped(ledger).map((name) => {
    const stages = ledger.runs(name).map((run) => stageLayers(streamProfiles(run)));
    const of = (values: readonly (number | undefined)[]) =>
      values.every((value) => value !== undefined)
        ? measured(values as number[])
        : "in no seed, or not in all";
    return {
      format: labelOf(name),
      "gap, logits": measured(ledger.runs(name).map((run) => discoveryGap(run))),
      "document below 0.5": of(stages.map(({ documentFalls }) => documentFalls)),
      "instruction's peak": of(stages.map(({ instructionPeak }) => instructionPeak.layer)),
      "its effect": of(stages.map(({ instructionPeak }) => instructionPeak.effect)),
      "last token above 0.5": of(stages.map(({ lastRises }) => lastRises)),
    };
  });
}

/** How few heads carry the effect at each group. */
export function sparsityTable({ runs }: Pick<Ledger, "runs">): Rows {
  const own = runs("DQI").filter(hasMaps);
  if (own.length === 0) return [];
  return headGroups(configOf(own[0])).map((group) => {
    const maps = own.map((run) => headMap(run, group));
    return {
      positions: group,
      ...(maps.every((map) => map.some((effect) => effect > 0))
        ? {
            "share of the top 5% of heads": measured(maps.map((map) => topShare(map))),
            Gini: measured(maps.map((map) => gini(map))),
          }
        : { "share of the top 5% of heads": "", Gini: "" }),
      "greatest IE_norm": measured(maps.map((map) => Math.max(...map))),
      "least IE_norm": measured(maps.map((map) => Math.min(...map))),
    };
  });
}

/** The heads with the greatest mean effect over the seeds. */
export function headTable({ runs }: Pick<Ledger, "runs">, count = 10): Rows {
  const own = runs("DQI").filter(hasMaps);
  if (own.length === 0) return [];
  const config = configOf(own[0]);
  const bySeed = own.map((run) => {
    const gap = discoveryGap(run);
    return headEffects(sizeOf(run), config, run.array("heads"), run.array("discovery").length).map(
      ({ effect, ...head }) => ({ ...head, effect: effect / gap }),
    );
  });
  const heads = bySeed[0].map((head, i) => ({ ...head, effect: mean(bySeed.map((seed) => seed[i].effect)) }));
  return rankHeads(heads)
    .slice(0, count)
    .map(({ layer, head, group }) => {
      const at = heads.findIndex(
        (other) => other.layer === layer && other.head === head && other.group === group,
      );
      const direct = own.map(
        (run) => run.array("direct")[layer * sizeOf(run).heads + head] / discoveryGap(run),
      );
      return {
        head: `${layer}.${head}`,
        positions: group,
        IE_norm: measured(bySeed.map((seed) => seed[at].effect)),
        "direct, of the gap": group === "last" ? measured(direct) : "",
      };
    });
}

const LISTS = ["found", "random", "weakest", "attention"] as const;
const MODES: Readonly<Record<AblationModeName, string>> = { knockOut: "knocked out", keepOnly: "kept alone" };

/** The gap of test pairs by the number of heads, as a share of the intact one. */
export function ablationTable({ runs }: Pick<Ledger, "runs">): Rows {
  const own = runs("DQI").filter(hasMaps);
  if (own.length === 0) return [];
  const ks = sweptLists(configOf(own[0]));
  return (Object.keys(MODES) as AblationModeName[]).flatMap((mode) =>
    LISTS.map((list) => {
      const shares = own.map((run) => ablatedGaps(run, mode, list).map((gap) => gap / intactGap(run)));
      return {
        list: `${list}, ${MODES[mode]}`,
        ...Object.fromEntries(
          ks.map((k, i) => [k === 1 ? "1 head" : `${k} heads`, measured(shares.map((share) => share[i]))]),
        ),
      };
    }),
  );
}

/** Agreement of head maps at the last token with those of the main format, and of cheaper estimates with them. What seeds of one format agree by is about the most that formats can. */
export function agreementTable(ledger: Pick<Ledger, "runs">): Rows {
  const main = ledger.runs("DQI").filter(hasMaps);
  if (main.length === 0) return [];
  const others = mapped(ledger).filter((name) => name !== "DQI" && ledger.runs(name).length === main.length);
  const cells = (what: string, rhos: readonly number[]) => ({
    "compared with the effects of heads at the last token": what,
    "Spearman's ρ": measured(rhos),
  });
  const row = (what: string, rho: (run: StoredRun, seed: number) => number) => cells(what, main.map(rho));
  const amongSeeds = ["DQI", ...others].flatMap((name) => {
    const maps = ledger.runs(name).map((run) => headMap(run, "last"));
    const rhos = maps.flatMap((map, i) => maps.slice(0, i).map((other) => spearman(map, other)));
    return rhos.length === 0 ? [] : [cells(`${labelOf(name)}: its seeds, two by two`, rhos)];
  });
  const attributed = (run: StoredRun) =>
    headMap({ ...run, array: (name) => run.array(name === "heads" ? "attributed" : name) }, "last");
  return [
    ...others.map((name) =>
      row(labelOf(name), (run, seed) =>
        spearman(headMap(run, "last"), headMap(ledger.runs(name)[seed], "last")),
      ),
    ),
    ...amongSeeds,
    row("attribution patching, one backward pass", (run) => spearman(headMap(run, "last"), attributed(run))),
    row("direct logit attribution", (run) => spearman(headMap(run, "last"), run.array("direct"))),
  ];
}

/** Probes of the stream: where relevance can be read, whether or not the model uses it. */
export function probeTable({ runs }: Pick<Ledger, "runs">): Rows {
  const own = runs("DQI").filter((run) => configOf(run).probedPairs > 0);
  if (own.length === 0) return [];
  const groups = ["doc_last", "query_last", "inst_last", "last"];
  return groups.map((group, at) => {
    const best = own.map((run) => {
      const all = run.array("probe AUC").filter((_, i) => i % groups.length === at);
      const layer = all.indexOf(Math.max(...all));
      return {
        layer,
        auc: all[layer],
        control: run.array("probe AUC, shuffled")[layer * groups.length + at],
      };
    });
    return {
      position: group,
      "best AUC": measured(best.map(({ auc }) => auc)),
      "in layer": measured(best.map(({ layer }) => layer)),
      "of shuffled labels there": measured(best.map(({ control }) => control)),
    };
  });
}

/** The small transformer whose task is known. */
export function circuitTable({ runs }: Pick<Ledger, "runs">): Rows {
  return runs("trained").map(({ seed, metrics }) => ({
    seed,
    "accuracy on unseen combinations": metrics.accuracy,
    "recovered by the hypothesis": metrics.recovered,
    "by a wrong one": metrics["recovered, wrong"],
    "by the identity": metrics["recovered, identity"],
    "by none": metrics["recovered, empty"],
    "swaps of equal r keep the answer": metrics["swaps kept"],
    "of unequal r flip it": metrics["swaps flipped"],
  }));
}
