import type { Data } from "plotly.js-dist-min";
import { compose, type Figure, plotlyAxis } from "../../figures";
import { fontSize, gridColor, ink, mutedInk, palette, withOpacity } from "../../figures/theme";
import { identifier } from "../../recsys/generative/tokenMap";
import type { StreamData } from "./data";
import type { Ledger } from "./ledger";
import { exampleUsers, runTokens, type Thought, thoughtOf, tokenNames } from "./thoughts";
import { levelOf, type StreamTokens } from "./tokens";

const [BLUE, ORANGE, GREEN] = palette;
/** Codes a level up to which a node shows its number, and has room for it. */
const NUMBERED = 12;
/** Points of a bowed link. */
const POINTS = 40;

/**
 * Sizes where nodes are numbered, and where there are too many. In pixels, but for `above`, how far the number of a step is from its node, in codes, and
 * `reach`, how far from a node links end, in levels and codes.
 */
const LARGE = { height: 540, node: 23, target: 13, above: 0.5, reach: { x: 0.062, y: 0.34 } };
const SMALL = { height: 760, node: 8, target: 8, above: 0.95, reach: { x: 0.04, y: 0.62 } };
/** From one number of a step to the next where a node was thought of again, in levels. */
const APART = 0.068;

interface Place {
  readonly x: number;
  readonly y: number;
}

/**
 * A user's thinking drawn into the tree of items. The tree is folded: a column is a level, a node a code of it, an item a path from the left to the right. Grey are
 * the items of the user's history; the numbered steps are the tokens that were thought, which may be of any level; then come the answer and the target.
 */
export function thinkingPathFigure(
  thought: Thought,
  { labels, meta }: Pick<StreamData, "labels" | "meta">,
  tokens: StreamTokens,
): Figure {
  const { history, trace, answer, target, rank, user, seed } = thought;
  const { widths } = tokens.map.vocabulary;
  const isNumbered = Math.max(...widths) <= NUMBERED;
  const sizes = isNumbered ? LARGE : SMALL;
  const places = Array.from(trace, (token) => placeOf(tokens, token));
  const links = thoughtLinks(places, sizes.reach, Math.max(...widths));
  const path = (item: number) => itemPlaces(tokens, item);
  const data: Data[] = [
    { ...linesOf(catalogueLinks(tokens), { color: gridColor, width: 0.6 }), showlegend: false },
    {
      ...linesOf([...history].map(path), { color: withOpacity(mutedInk, 0.4), width: 2.2 }),
      name: "history",
    },
    { ...linesOf([path(target)], { color: withOpacity(GREEN, 0.4), width: sizes.target }), name: "target" },
    { ...linesOf([path(answer)], { color: BLUE, width: 3.5 }), name: "answer" },
    { ...linesOf(links, { color: ORANGE, width: 2.6 }), name: "thought" },
    ...links.map(arrowHead),
    nodes(tokens, isNumbered, sizes.node),
    badges(places, sizes.above),
  ];
  const found =
    rank <= 10 ? `the target comes ${rank === 1 ? "first" : `at rank ${rank}`}` : "the target is missed";
  const [answerEnd, targetEnd] = [answer, target].map((item) => path(item)[widths.length - 1].y);
  // Two names at one node stand above each other.
  const apart =
    answerEnd === targetEnd ? (0.22 * LARGE.height) / sizes.height / (LARGE.reach.y / sizes.reach.y) : 0;
  const label = (what: string, item: number, y: number, color: string) => ({
    text: `<b>${what}</b> ${shortened(labels[item - 1])}`,
    ...{ x: widths.length + 0.1, y, xanchor: "left" as const, yanchor: "middle" as const, showarrow: false },
    font: { size: fontSize.annotation, color },
  });
  const bare = { showgrid: false, showline: false, ticks: "" } as const;
  return compose({
    data,
    options: {
      title: `What the model thinks about user ${user + 1}: ${tokenNames(tokens, trace)}`,
      subtitle: `${meta.title}, seed ${seed}; ${found}. A column is a level of the codes, a path an item`,
      width: 820,
      height: sizes.height,
    },
    xaxis: {
      ...{ ...plotlyAxis({ title: "level of the code" }), ...bare },
      range: [0.7, widths.length + 0.95],
      tickvals: widths.map((_, level) => level + 1),
      ticktext: widths.map((_, level) => `${level + 1} (${String.fromCharCode(97 + level)})`),
    },
    yaxis: {
      ...{ ...plotlyAxis({ title: "code" }), ...bare },
      range: [Math.max(...widths) - 0.4, -1.6 * sizes.above - 0.1],
      dtick: isNumbered ? 1 : 4,
    },
    layout: {
      annotations: [
        label("answer", answer, answerEnd - apart, BLUE),
        label("target", target, targetEnd + apart, GREEN),
      ],
    },
  });
}

/** The thinking of the first test user whose target STREAM-Rec recommends first, and of the first whose target it misses, where there are such. */
export function pathFigures({ config, loaded, runs }: Ledger): Readonly<Record<string, Figure>> {
  const run = runs("full").at(0);
  if (run === undefined) return {};
  const tokens = runTokens(config, loaded, run.seed);
  const drawn = (user: number) => thinkingPathFigure(thoughtOf(run, loaded, config, user), loaded, tokens);
  return Object.fromEntries(
    Object.entries(exampleUsers(run)).flatMap(([outcome, users]) =>
      users.map((user) => [`path-${outcome}`, drawn(user)]),
    ),
  );
}

/** Where a code token stands: levels from 1 on the right, codes downwards. */
function placeOf(tokens: StreamTokens, token: number): Place {
  const level = levelOf(tokens, token);
  return { x: level + 1, y: token - tokens.map.vocabulary.offsets[level] };
}

function itemPlaces(tokens: StreamTokens, item: number): Place[] {
  return Array.from(identifier(tokens.map, item), (token) => placeOf(tokens, token));
}

/** Each pair of codes of neighbouring levels that some item has. */
function catalogueLinks(tokens: StreamTokens): Place[][] {
  const links = new Map<string, Place[]>();
  for (let item = 1; item <= tokens.map.items; item++) {
    const path = itemPlaces(tokens, item);
    path.slice(1).forEach((to, level) => {
      const from = path[level];
      links.set(`${from.x} ${from.y} ${to.y}`, [from, to]);
    });
  }
  return [...links.values()];
}

/** Several lines in one trace: nulls part them. */
function linesOf(
  lines: readonly (readonly Place[])[],
  { color, width }: { readonly color: string; readonly width: number },
): Data {
  const points = lines.flatMap((line) => [...line, undefined]);
  return {
    type: "scatter",
    mode: "lines",
    x: points.map((point) => point?.x ?? null),
    y: points.map((point) => point?.y ?? null),
    line: { color, width },
    hoverinfo: "skip",
  };
}

/** From thought to thought where they differ, as bows, which do not lie on the straight lines of items. @param reach how far from a node they end */
function thoughtLinks(places: readonly Place[], reach: Place, height: number): Place[][] {
  return places.slice(1).flatMap((to, step) => {
    const from = places[step];
    if (from.x === to.x && from.y === to.y) return [];
    const isOutside = ({ x, y }: Place) => Math.hypot((x - to.x) / reach.x, (y - to.y) / reach.y) > 1;
    return [bow(from, to, height).filter(isOutside)];
  });
}

/** A cubic Bézier curve: from level to level it leaves and arrives sideways, a little from above; inside a level it goes round on the right. */
function bow(from: Place, to: Place, height: number): Place[] {
  const wide = 0.45 * (to.x - from.x);
  const above = 0.035 * height;
  const [first, second] =
    from.x === to.x
      ? [from, to].map(({ x, y }) => ({ x: x + 0.26, y }))
      : [
          { x: from.x + wide, y: from.y - above },
          { x: to.x - wide, y: to.y - above },
        ];
  return Array.from({ length: POINTS }, (_, k) => {
    const t = k / (POINTS - 1);
    const weights = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t ** 2 * (1 - t), t ** 3];
    const at = (part: "x" | "y") =>
      [from, first, second, to].reduce((sum, point, i) => sum + weights[i] * point[part], 0);
    return { x: at("x"), y: at("y") };
  });
}

/** The head of a bow, which points away from the point before. */
function arrowHead(line: readonly Place[]): Data {
  const [before, last] = line.slice(-2);
  return {
    type: "scatter",
    mode: "markers",
    x: [before.x, last.x],
    y: [before.y, last.y],
    // `angleref` is missing from the types.
    marker: {
      symbol: "arrow",
      angleref: "previous",
      size: [0, 13],
      color: ORANGE,
      opacity: 1,
      line: { width: 0 },
    },
    hoverinfo: "skip",
    showlegend: false,
  } as unknown as Data;
}

/** Every code of every level. */
function nodes({ map: { vocabulary } }: StreamTokens, isNumbered: boolean, size: number): Data {
  const all = vocabulary.widths.flatMap((width, level) =>
    Array.from({ length: width }, (_, code) => ({ x: level + 1, y: code })),
  );
  return {
    type: "scatter",
    mode: isNumbered ? "text+markers" : "markers",
    x: all.map(({ x }) => x),
    y: all.map(({ y }) => y),
    text: all.map(({ y }) => `${y}`),
    textfont: { size: fontSize.tick, color: ink },
    marker: { size, color: "#FFFFFF", line: { color: mutedInk, width: 1.2 } },
    hoverinfo: "skip",
    showlegend: false,
  };
}

/** The numbers of the steps above the nodes that they thought of; side by side where a node was thought of again. */
function badges(places: readonly Place[], above: number): Data {
  const at = places.map((place, step) => {
    const same = places.flatMap(({ x, y }, other) => (x === place.x && y === place.y ? [other] : []));
    const middle = (same.length - 1) / 2;
    return { x: place.x + APART * (same.indexOf(step) - middle), y: place.y - above };
  });
  return {
    type: "scatter",
    mode: "text+markers",
    x: at.map(({ x }) => x),
    y: at.map(({ y }) => y),
    text: at.map((_, step) => `<b>${step + 1}</b>`),
    textfont: { size: fontSize.tick, color: "#FFFFFF" },
    marker: { size: 18, color: ORANGE, line: { color: "#FFFFFF", width: 1.5 } },
    hoverinfo: "skip",
    showlegend: false,
  };
}

function shortened(text: string): string {
  return text.length <= 22 ? text : `${text.slice(0, 21).trimEnd()}…`;
}
