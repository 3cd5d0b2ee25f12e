/** Which trace types can be drawn without a browser. */
import type { Data } from "plotly.js-dist-min";

/** WebGL twins of SVG traces: drawn as the latter. */
const twins: Readonly<Record<string, string>> = { scattergl: "scatter", scatterpolargl: "scatterpolar" };

/** Traces that only WebGL draws: a page without it hangs on them or comes out blank. */
const webgl = new Set([
  "scatter3d",
  "surface",
  "mesh3d",
  "cone",
  "streamtube",
  "volume",
  "isosurface",
  "parcoords",
  "splom",
]);

/** Traces that fetch their map from the network. */
const maps = new Set([
  "scattergeo",
  "choropleth",
  "scattermap",
  "choroplethmap",
  "densitymap",
  "scattermapbox",
  "choroplethmapbox",
  "densitymapbox",
]);

/** True where a figure has a trace that needs a browser's WebGL. */
export function needsBrowser(data: readonly Data[]): boolean {
  return data.some((trace) => webgl.has(trace.type ?? "scatter"));
}

/**
 * The traces as a page without WebGL can draw them: `scattergl` becomes `scatter`.
 * @throws on a trace that can't be drawn, naming its number, name and type, and what to do
 */
export function drawable(data: readonly Data[]): Data[] {
  return data.map((trace, index) => {
    const type = trace.type ?? "scatter";
    if (webgl.has(type) || maps.has(type)) {
      const name = "name" in trace && trace.name ? ` ("${trace.name}")` : "";
      const remedy = webgl.has(type)
        ? "Draw it with Chromium: drawInBrowser, or exportFigure, which does so by itself."
        : "Maps come from the network and have no static export.";
      throw new Error(`Figure: trace ${index}${name} is of type "${type}", which needs a browser. ${remedy}`);
    }
    return type in twins ? ({ ...trace, type: twins[type] } as Data) : trace;
  });
}
