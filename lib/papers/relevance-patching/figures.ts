import { statisticBootstrap } from "../../experiment/statistics";
import type { StoredRun } from "../../experiment/store";
import { type Figure, heatmapFigure, histogramFigure, lineFigure } from "../../figures";
import { seedCount } from "../../recsys/variantReport";
import { disposeTree } from "../../tensor/tree";
import { handBuiltCircuit } from "./circuit/handBuilt";
import { effectsByPosition, STAIRCASE } from "./circuit/staircase";
import type { CircuitPair } from "./circuit/task";
import { type Ledger, labelOf } from "./ledger";
import { STREAM_GROUPS, streamLayers, sweptLists } from "./maps";
import {
  type AblationModeName,
  ablatedGaps,
  configOf,
  hasMaps,
  headMap,
  intactGap,
  profile,
  remembered,
  type StreamHook,
  sizeOf,
} from "./measures";
import type { PositionGroup } from "./prompts/positionGroups";

type Shown = Pick<Ledger, "runs">;

const GROUP_LABELS = {
  doc_all: "document",
  query_all: "query",
  inst_all: "instruction",
  last: "last token",
} as const satisfies Partial<Record<PositionGroup, string>>;
type ShownGroup = keyof typeof GROUP_LABELS;

const HOOK_LABELS: Readonly<Record<StreamHook, string>> = {
  resid_post: "Residual stream",
  attn_out: "Attention's output",
  mlp_out: "MLPs' output",
};

/** The most columns of a heat map whose cells have room for a number. */
const NUMBERED_COLUMNS = 12;

function runsOf({ runs }: Shown, name: string) {
  return runs(name).filter(hasMaps);
}

/** "3 seeds", of those that a figure shows. */
function seedsOf(runs: readonly StoredRun[]): string {
  return seedCount(runs.map(({ seed }) => seed));
}

/** d of clean and corrupted prompts, all pairs judged. */
export function judgementFigure(ledger: Shown): Figure {
  const runs = ledger.runs("DQI");
  const rows = runs.flatMap((run) =>
    (["clean", "corrupted"] as const).flatMap((side) =>
      Array.from(run.array(side), (d) => ({
        d,
        document: side === "clean" ? "answers the query" : "does not",
      })),
    ),
  );
  return histogramFigure(rows, {
    title: "What the model says of documents",
    subtitle: `${seedsOf(runs)}; a judge would part the two`,
    value: { column: "d", title: "logit(yes) − logit(no)" },
    count: { title: "share of the prompts" },
    measure: "share",
    series: "document",
  });
}

/** IE_norm of a hook by layer and group of positions. */
export function streamFigure(ledger: Shown, hook: StreamHook, name = "DQI"): Figure {
  const runs = runsOf(ledger, name);
  const rows = runs.flatMap((run) =>
    STREAM_GROUPS.flatMap((group) => {
      const effects = profile(run, hook, group);
      return streamLayers(sizeOf(run), configOf(run)).map((layer, i) => ({
        layer,
        position: GROUP_LABELS[group],
        effect: effects[i],
      }));
    }),
  );
  return heatmapFigure(rows, {
    title: `${HOOK_LABELS[hook]}: what patching it restores`,
    subtitle: `${seedsOf(runs)}; 0: the corrupted answer, 1: the clean one`,
    x: { column: "layer", title: "layer" },
    y: { column: "position", title: "positions" },
    color: { column: "effect", title: "IE_norm" },
    midpoint: 0,
    ...(new Set(rows.map(({ layer }) => layer)).size <= NUMBERED_COLUMNS ? { cells: ".2f" } : {}),
  });
}

/** The stream as lines: how the answer moves from the document to the last token. */
export function flowFigure(ledger: Shown): Figure {
  const runs = runsOf(ledger, "DQI");
  const rows = runs.flatMap((run) =>
    STREAM_GROUPS.flatMap((group) => {
      const effects = profile(run, "resid_post", group);
      return streamLayers(sizeOf(run), configOf(run)).map((layer, i) => ({
        layer,
        position: GROUP_LABELS[group],
        effect: effects[i],
      }));
    }),
  );
  return lineFigure(rows, {
    title: "From the document to the answer",
    subtitle: `Residual stream, ${seedsOf(runs)}; bands: one standard deviation`,
    x: { column: "layer", title: "layer" },
    y: { column: "effect", title: "IE_norm" },
    series: "position",
    references: [{ value: 0.5, label: "half of the answer" }],
  });
}

/** Effects of all heads at a group: layer by head. */
export function headFigure(ledger: Shown, group: ShownGroup, name = "DQI"): Figure {
  const runs = runsOf(ledger, name);
  const rows = runs.flatMap((run) => {
    const { heads } = sizeOf(run);
    return Array.from(headMap(run, group), (effect, i) => ({
      layer: Math.floor(i / heads),
      head: `${i % heads}`,
      effect,
    }));
  });
  return heatmapFigure(rows, {
    title: `Heads at the ${GROUP_LABELS[group]}`,
    subtitle: `${name === "DQI" ? "" : `Prompt: ${labelOf(name)}; `}z of each head patched, mean over pairs, ${seedsOf(runs)}`,
    x: { column: "layer", title: "layer" },
    y: { column: "head", title: "head" },
    color: { column: "effect", title: "IE_norm" },
    midpoint: 0,
  });
}

const TITLES: Readonly<Record<AblationModeName, string>> = {
  knockOut: "Heads knocked out: what is left of the judgement",
  keepOnly: "Heads kept alone: what they suffice for",
};

/** Draws of seeds and pairs that the bands of the ablation are taken from. */
const RESAMPLES = 1000;

/** The gap of test pairs by number of heads, beside random lists, with 95% intervals over seeds and pairs. */
export function ablationFigure(ledger: Shown, mode: AblationModeName): Figure {
  const runs = runsOf(ledger, "DQI").map(remembered);
  const counts = runs.map((run) => run.array("test").length);
  const ks = runs.length === 0 ? [] : sweptLists(configOf(runs[0]));
  const rows = ["found", "random", "weakest", "attention"].flatMap((list) =>
    ks.map((heads, at) => {
      const share = (seed: number, units: Int32Array) =>
        ablatedGaps(runs[seed], mode, list, units)[at] / intactGap(runs[seed], units);
      const { difference, low, high } = statisticBootstrap(counts, share, { resamples: RESAMPLES });
      return { heads, list, share: difference, low, high };
    }),
  );
  return lineFigure(rows, {
    title: TITLES[mode],
    subtitle: `Gap of pairs that heads were not looked for on, of the intact gap; ${seedsOf(runs)}, bands: 95% intervals over seeds and pairs`,
    x: { column: "heads", title: "heads", scale: "log" },
    y: { column: "share", title: "share of the intact gap" },
    series: "list",
    order: ["found", "random", "weakest", "attention"],
    band: { lower: "low", upper: "high" },
  });
}

/** The logit lens: d as if each layer were the last. */
export function lensFigure(ledger: Shown): Figure {
  const runs = runsOf(ledger, "DQI");
  const rows = runs.flatMap((run) => {
    const pairs = run.array("discovery").length;
    return (["clean", "corrupted"] as const).flatMap((side) =>
      Array.from(run.array(`lens ${side}`), (d, i) => ({
        layer: Math.floor(i / pairs),
        document: side === "clean" ? "answers the query" : "does not",
        d,
      })),
    );
  });
  return lineFigure(rows, {
    title: "Logit lens",
    subtitle: `Last token, pairs of the discovery half, ${seedsOf(runs)}; bands: 95% intervals`,
    x: { column: "layer", title: "layer" },
    y: { column: "d", title: "logit(yes) − logit(no)" },
    series: "document",
    band: "ci95",
  });
}

/** What each token of the hand-built circuit's prompt is. */
const TASK_POSITIONS = [
  "BOS",
  ...[1, 2, 3, 4].flatMap((triple) => [`entity ${triple}`, `attribute ${triple}`, `value ${triple}`]),
  ...["Q", "query entity", "query attribute", "instruction", "answer"],
];

/** Of the circuit built by hand: the effect of each activation at every position, for one pair of prompts. */
export function staircaseFigure(pair: CircuitPair): Figure {
  const model = handBuiltCircuit();
  const rows = STAIRCASE.flatMap((site) =>
    Array.from(effectsByPosition(model, pair, site), (effect, position) => ({
      site: `${site.name} ${site.head === undefined ? site.layer : `${site.layer}.${site.head}`}`,
      position: TASK_POSITIONS[position],
      effect,
    })),
  );
  disposeTree(model);
  return heatmapFigure(rows, {
    title: "The staircase of a circuit built by hand",
    subtitle: "From the document's entity to its attribute, the query's attribute, the answer",
    x: { column: "position", title: "position" },
    y: { column: "site", title: "patched" },
    color: { column: "effect", title: "IE_norm", range: [0, 1] },
  });
}

/** Accuracy of the small transformer as it learns. */
export function learningFigure(ledger: Shown): Figure {
  const rows = ledger.runs("trained").flatMap((run) =>
    Array.from(run.array("step"), (step, i) => ({
      step,
      accuracy: run.array("accuracy")[i],
      seed: `seed ${run.seed}`,
    })),
  );
  return lineFigure(rows, {
    title: "The small transformer learns to judge",
    subtitle:
      "Fresh prompts of the training's combinations; 1, 2, then 4 triples, the next when accuracy exceeds 0.9",
    x: { column: "step", title: "updates" },
    y: { column: "accuracy", title: "accuracy" },
    series: "seed",
  });
}
