import type { Data, LayoutAxis } from "plotly.js-dist-min";
import { compose, type Figure, type FigureOptions, plotlyAxis } from "../../figures";
import { fontSize, palette } from "../../figures/theme";
import { tf } from "../../tensor";
import { type Classifier, logitsOf } from "./model";
import type { Spirals } from "./spirals";

/** The plane from -reach to reach on both axes, in so many cells. */
const reach = 1.2;
const cells = 72;

/** The arms' colours in pastel, so that points of the same colour stand out; nearly white where a model can't decide. */
const pastel: [number, string][] = [
  [0, "#8FC1E0"],
  [0.5, "#F7F7F7"],
  [1, "#EDB48C"],
];

const square: FigureOptions = { width: 560, height: 520 };
const axis = (title: string): Partial<LayoutAxis> => ({
  ...plotlyAxis({ title, range: [-reach, reach] }),
  showgrid: false,
  constrain: "domain",
});

/** The points, each arm in its colour and symbol. */
export function spiralFigure(data: Spirals, options: FigureOptions = {}): Figure {
  return planeFigure([], data, options);
}

/** The probability of the second arm all over the plane, as a model sees it, with points on top. */
export function decisionFigure(model: Classifier, data: Spirals, options: FigureOptions = {}): Figure {
  const places = Array.from({ length: cells + 1 }, (_, i) => -reach + (2 * reach * i) / cells);
  const surface: Data = {
    type: "contour",
    x: places,
    y: places,
    z: probabilities(model, places),
    zmin: 0,
    zmax: 1,
    colorscale: pastel,
    contours: { start: 0.1, end: 0.9, size: 0.1 },
    line: { width: 0 },
    colorbar: {
      title: { text: "probability of arm 1", side: "right", font: { size: fontSize.legend } },
      tickfont: { size: fontSize.tick },
      thickness: 14,
      outlinewidth: 0,
      tickformat: ".1f",
      len: 1,
      ypad: 0,
    },
  };
  return planeFigure([surface], data, options);
}

/** @returns rows of the grid from the bottom up: P(arm 1), to three digits */
function probabilities(model: Classifier, places: readonly number[]): number[][] {
  const grid = places.flatMap((y) => places.map((x) => [x, y]));
  const values = tf.tidy(() => tf.softmax(logitsOf(model, tf.tensor2d(grid))).dataSync());
  return places.map((_, row) =>
    places.map((_, column) => Number(values[2 * (row * places.length + column) + 1].toFixed(3))),
  );
}

function planeFigure(background: readonly Data[], data: Spirals, options: FigureOptions): Figure {
  const points = data.points.arraySync();
  const labels = data.labels.dataSync();
  const arms = [0, 1].map((arm): Data => {
    const own = points.filter((_, i) => labels[i] === arm);
    return {
      type: "scatter",
      mode: "markers",
      name: `arm ${arm}`,
      x: own.map(([x]) => Number(x.toFixed(4))),
      y: own.map(([, y]) => Number(y.toFixed(4))),
      marker: {
        color: palette[arm],
        symbol: arm === 0 ? "circle" : "square",
        size: 5,
        line: { color: "#FFFFFF", width: 0.6 },
      },
    };
  });
  return compose({
    data: [...background, ...arms],
    options: { ...square, ...options },
    xaxis: axis("first coordinate"),
    yaxis: { ...axis("second coordinate"), scaleanchor: "x" },
  });
}
