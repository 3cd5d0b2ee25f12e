import type { Data } from "plotly.js-dist-min";
import type { StoredRun } from "../../../experiment/store";
import { compose, type Figure, plotlyAxis } from "../../../figures";
import { fontSize, ink, seriesColor, withOpacity } from "../../../figures/theme";
import type { UtgRecConfig } from "../config";
import { sourcesOf, targetOf } from "../runs/training";
import type { DomainTruth, World } from "../world/world";
import { SUBS } from "../world/worldConcepts";
import { conceptName } from "../world/worldWords";
import { type CodeNode, codeTree, mostFrequent } from "./codeTree";

/** First codes that a figure has room for. */
const MOST_BRANCHES = 12;
const HEIGHT = 620;
/** Pixels that the names of the columns, and what they are, take between legend and boxes. */
const NAMES_ROOM = 42;
/** Pixels a box must have for its label. */
const LABEL_ROOM = 15;
/** Where the strip of planted concepts stands to the right of the last level, and its width. */
const STRIP = { gap: 0.06, width: 0.3 } as const;
/** How strong the four sub-concepts of a concept are drawn. */
const SHADES = [1, 0.72, 0.48, 0.28] as const;

/**
 * The codes of the target as a tree, from left to right: a box a prefix, as high as it has items, in the colour of the concept that most of them have and the
 * paler the fewer these are. The strip at the right has what is planted, which the tokenizer has never been told: concepts by colour, sub-concepts by shade.
 * @param run of the target's tokenizer
 */
export function codeTreeFigure(
  run: StoredRun,
  world: World,
  { levels }: Pick<UtgRecConfig, "levels">,
): Figure {
  const { truth } = targetOf(world);
  const cells = truth.coarse.map((a, item) => a * SUBS + truth.sub[item]);
  const codes = Int32Array.from(run.array("nearestCodes"));
  const tree = codeTree(codes, levels, cells, MOST_BRANCHES);
  const shown = tree[0].reduce((sum, { items }) => sum + items.length, 0);
  const firstCodes = new Set(codes.filter((_, at) => at % levels === 0)).size;
  const left =
    firstCodes > MOST_BRANCHES
      ? `the ${MOST_BRANCHES} most frequent of ${firstCodes} first codes`
      : `${shown} items`;
  const names =
    levels === 3 ? ["first code", "second code", "third code"] : tree.map((_, level) => `code ${level + 1}`);
  const { data, layout } = compose({
    data: [...boxes(tree, truth, cells, shown), ...strips(tree, world, cells, levels)],
    options: {
      title: "The codes as a tree",
      subtitle: `Items of the target (${left}), seed ${run.seed}; codes as they are before collisions are repaired`,
      height: HEIGHT,
    },
    xaxis: {
      ...plotlyAxis({ title: "from the root to the leaf" }),
      side: "top",
      showgrid: false,
      showline: false,
      ticks: "",
      tickvals: [...names.map((_, level) => level), stripPlace(levels)],
      ticktext: [...names, "planted"],
      range: [-0.5, stripPlace(levels) + STRIP.width / 2 + 0.02],
      fixedrange: true,
    },
    yaxis: {
      ...plotlyAxis({ title: "items" }),
      showgrid: false,
      range: [shown, 0],
      fixedrange: true,
    },
    layout: { barmode: "overlay", bargap: 0 },
  });
  const top = (layout.margin?.t ?? 0) + NAMES_ROOM;
  return {
    data,
    layout: { ...layout, margin: { ...layout.margin, t: top, b: 20 }, legend: { ...layout.legend, y: 1.1 } },
  };
}

function stripPlace(levels: number): number {
  return levels - 0.5 + STRIP.gap + STRIP.width / 2;
}

/** What a concept is called, such as "music". */
function nameOf(concept: number): string {
  return conceptName(concept, 0).split(": ")[0];
}

/** One trace of all boxes. */
function boxes(
  tree: readonly (readonly CodeNode[])[],
  { coarse, concepts }: Pick<DomainTruth, "coarse" | "concepts">,
  cells: Int32Array,
  shown: number,
): Data[] {
  const nodes = tree.flat();
  const told = nodes.map(({ codes, items }) => {
    const [concept, cell] = [mostFrequent(items, coarse), mostFrequent(items, cells)];
    const [name, finer] = conceptName(Math.floor(cell.value / SUBS), cell.value % SUBS).split(": ");
    const label =
      codes.length === 1
        ? concept.share > 0.5
          ? nameOf(concept.value)
          : "mixed"
        : cell.share > 0.5
          ? finer
          : "mixed";
    return {
      label: `<b>${codes[codes.length - 1]}</b>  ${label}`,
      hover: `codes ${codes.join(", ")}: ${items.length} items, ${(100 * cell.share).toFixed(0)}% ${name}: ${finer}`,
      color: withOpacity(seriesColor(concepts.indexOf(concept.value)), 0.1 + 0.45 * concept.share),
    };
  });
  const pixels = (HEIGHT - 190) / shown; // an item
  return [
    {
      type: "bar",
      name: "codes",
      showlegend: false,
      x: nodes.map(({ codes }) => codes.length - 1),
      y: nodes.map(({ items }) => items.length),
      base: nodes.map(({ first }) => first),
      width: nodes.map(() => 1),
      marker: { color: told.map(({ color }) => color), line: { color: "#FFFFFF", width: 1.5 } },
      text: told.map(({ label }, k) => (nodes[k].items.length * pixels >= LABEL_ROOM ? label : "")),
      textposition: "inside",
      insidetextanchor: "middle",
      textangle: 0,
      constraintext: "none",
      textfont: { size: fontSize.annotation, color: ink },
      hovertext: told.map(({ hover }) => hover),
      hoverinfo: "text",
    } as Data,
  ];
}

/** A trace a concept: where its items stand in the tree. */
function strips(
  tree: readonly (readonly CodeNode[])[],
  world: World,
  cells: Int32Array,
  levels: number,
): Data[] {
  const { concepts } = targetOf(world).truth;
  const known = new Set(sourcesOf(world).flatMap(({ truth }) => truth.concepts));
  const runs: { cell: number; first: number; length: number }[] = [];
  tree[0]
    .flatMap(({ items }) => items)
    .forEach((item, place) => {
      const last = runs[runs.length - 1];
      if (last !== undefined && last.cell === cells[item]) last.length++;
      else runs.push({ cell: cells[item], first: place, length: 1 });
    });
  return concepts.map((concept, index) => {
    // The strongest shade first: the legend takes it.
    const own = runs
      .filter(({ cell }) => Math.floor(cell / SUBS) === concept)
      .sort((a, b) => (a.cell % SUBS) - (b.cell % SUBS));
    return {
      type: "bar",
      name: nameOf(concept) + (known.has(concept) ? "" : " (in no source)"),
      x: own.map(() => stripPlace(levels)),
      y: own.map(({ length }) => length),
      base: own.map(({ first }) => first),
      width: own.map(() => STRIP.width),
      marker: {
        color: own.map(({ cell }) => withOpacity(seriesColor(index), SHADES[cell % SUBS])),
      },
      hovertext: own.map(({ cell, length }) => `${length} of ${conceptName(concept, cell % SUBS)}`),
      hoverinfo: "text",
    } as Data;
  });
}
