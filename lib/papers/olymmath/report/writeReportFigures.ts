import { join } from "node:path";
import { exportFigure } from "../../../figures/export";
import type { NamedFigure } from "./figuresOfReport";

/** Of a folder of results, where its figures are. */
const FIGURES = "figures";

/**
 * Draws figures into `<folder>/figures/`, each as SVG, PNG and JSON. The first one takes a second or two, in which Plotly is loaded; without figures it is not.
 * @returns the paths
 */
export async function writeFigures(folder: string, figures: readonly NamedFigure[]): Promise<string[]> {
  const files: string[] = [];
  for (const { name, figure } of figures)
    files.push(...(await exportFigure(figure, join(folder, FIGURES, name))));
  return files;
}

/** A section of a Markdown file in the folder that shows what `writeFigures` has drawn there; nothing without figures. */
export function figureSection(figures: readonly NamedFigure[]): string {
  if (figures.length === 0) return "";
  const shown = figures.map(({ name, caption }) => `![${caption}](${FIGURES}/${name}.svg)`);
  return `\n## Figures\n\n${shown.join("\n\n")}\n`;
}
