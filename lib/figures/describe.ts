/** A figure in words: for terminals, for readers who can't see it, for tests. */
import type { Data, Layout } from "plotly.js-dist-min";
import type { Figure } from "./figure";
import { toPlain } from "./json";

/**
 * Title, axes, and for each named series how many points it has and where it starts, ends and lies.
 *
 *     Figure: Validation NDCG@10
 *       training step (x) against NDCG@10 (y)
 *       T2ARec: 12 points, y 0.0225 to 0.0685, last 0.0683
 */
export function describe(figure: Figure): string {
  const { data, layout } = toPlain(figure);
  const title = text(layout.title)?.split("<br>")[0];
  const lines = [`Figure: ${strip(title ?? "without a title")}`];
  const [x, y] = [axisText(layout.xaxis), axisText(layout.yaxis)];
  if (x !== undefined || y !== undefined) lines.push(`  ${x ?? "?"} (x) against ${y ?? "?"} (y)`);
  for (const trace of data) {
    const line = describeTrace(trace);
    if (line !== undefined) lines.push(`  ${line}`);
  }
  return lines.join("\n");
}

function describeTrace(trace: Data): string | undefined {
  if ("hoverinfo" in trace && trace.hoverinfo === "skip") return undefined; // bands and other decoration
  const type = trace.type ?? "scatter";
  const name = nameOf(trace, type);
  if ("z" in trace && Array.isArray(trace.z)) {
    const rows = trace.z as unknown[];
    const columns = Array.isArray(rows[0]) ? rows[0].length : 0;
    return `${name}: ${rows.length} by ${columns} cells, ${extent(rows.flat())}`;
  }
  const lying = "orientation" in trace && trace.orientation === "h";
  const column = lying ? "x" : "y";
  const values = column in trace ? (trace as Record<string, unknown>)[column] : undefined;
  if (!Array.isArray(values)) return `${name}: ${type}`;
  const points = `${values.length} point${values.length === 1 ? "" : "s"}`;
  const labels = (trace as Record<string, unknown>)[lying ? "y" : "x"];
  if (Array.isArray(labels) && labels.every((label) => typeof label === "string") && values.length <= 12) {
    return `${name}: ${labels.map((label, index) => `${label} ${short(values[index])}`).join(", ")}`;
  }
  const curve = type === "scatter" && "mode" in trace && String(trace.mode).includes("lines");
  const last = curve ? `, last ${short(values[values.length - 1])}` : "";
  return `${name}: ${points}, ${column} ${extent(values)}${last}`;
}

/** A trace's name, and the group of bars that it belongs to where that says more. */
function nameOf(trace: Data, type: string): string {
  const name = "name" in trace && trace.name ? String(trace.name) : type;
  const group = "offsetgroup" in trace && trace.offsetgroup ? String(trace.offsetgroup) : name;
  return group === name ? name : `${name} (${group})`;
}

function extent(values: readonly unknown[]): string {
  const numbers = values.filter((value): value is number => typeof value === "number");
  if (numbers.length === 0) return "no numbers";
  const low = numbers.reduce((a, b) => Math.min(a, b));
  const high = numbers.reduce((a, b) => Math.max(a, b));
  return `${short(low)} to ${short(high)}`;
}

function short(value: unknown): string {
  return typeof value === "number" ? String(Number(value.toPrecision(4))) : "none";
}

function axisText(axis: Layout["xaxis"] | Layout["yaxis"]): string | undefined {
  const title = text(axis?.title);
  return title === undefined ? undefined : strip(title);
}

/** Plotly's titles are objects with a text, or strings. */
function text(title: unknown): string | undefined {
  if (typeof title === "string") return title;
  if (typeof title !== "object" || title === null || !("text" in title)) return undefined;
  return typeof title.text === "string" ? title.text : undefined;
}

function strip(html: string): string {
  return html.replace(/<[^>]*>/g, "");
}
