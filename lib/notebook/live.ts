/** A curve that grows while a model trains, in one output of the cell. */
import { randomBytes } from "node:crypto";
import { type AxisOptions, type Figure, type FigureOptions, lineFigure } from "../figures";
import { type SketchSeries, sketchSvg } from "../figures/sketch";
import { showNow } from "./display";
import { display, inKernel, isHeadless } from "./kernel";
import { throwIfInterrupted } from "./progress";

export interface LiveOptions extends FigureOptions {
  readonly x: AxisOptions;
  readonly y: AxisOptions;
  /** Seconds between two pictures; 0.4 unless told, 5 where nobody watches. */
  readonly interval?: number;
  /** Milliseconds since any fixed moment. */
  readonly clock?: () => number;
}

export interface LiveCurve {
  /**
   * Adds a point to a series; a picture follows where one is due. Costs next to nothing otherwise.
   * @throws where the notebook's user has asked to stop
   */
  add(series: string, x: number, y: number): void;
  /** The figure of all points so far. */
  figure(): Figure;
  /** Puts the finished, interactive figure in the picture's place. */
  finish(): Figure;
}

/** More points than this a series are thinned before they are drawn: a screen shows no more. */
const mostPoints = 1000;

/**
 * Starts a curve:
 *
 *     const curve = liveCurve({ title: "Training", x: { title: "step" }, y: { title: "loss", unit: "nats" } });
 *     await train({ onStep: (step, loss) => curve.add("loss", step, loss) });
 *     curve.finish();
 *
 * While the model trains the output is an SVG sketch; at the end the full figure. Should training stop half-way, the last sketch
 * stays. Outside a notebook only `finish` shows anything: the description in words.
 */
export function liveCurve(options: LiveOptions): LiveCurve {
  const { interval = isHeadless() ? 5 : 0.4, clock = () => performance.now() } = options;
  const id = randomBytes(8).toString("hex");
  const lines = new Map<string, { x: number[]; y: number[] }>();
  let shown = false;
  let due = Number.NEGATIVE_INFINITY;

  const thinned = (): SketchSeries[] =>
    [...lines].map(([name, { x, y }]) => ({ name, x: thin(x), y: thin(y) }));

  function draw(): void {
    const now = clock();
    if (now < due || !inKernel()) return;
    due = now + interval * 1000;
    const svg = sketchSvg(thinned(), options);
    display({ "image/svg+xml": svg, "text/plain": progress() }, { id, update: shown });
    shown = true;
  }

  function progress(): string {
    const last = [...lines].map(
      ([name, { x, y }]) => `${name} ${y[y.length - 1].toPrecision(4)} at ${x[x.length - 1]}`,
    );
    return `${options.title ?? "Training"}: ${last.join(", ")}`;
  }

  function figure(): Figure {
    const rows = thinned().flatMap(({ name, x, y }) => x.map((at, index) => ({ name, x: at, y: y[index] })));
    return lineFigure(rows.length > 0 ? rows : [{ name: "", x: null, y: null }], {
      ...options,
      x: { ...options.x, column: "x" },
      y: { ...options.y, column: "y" },
      series: "name",
      band: "none",
    });
  }

  return {
    add(series, x, y) {
      throwIfInterrupted();
      let line = lines.get(series);
      if (line === undefined) {
        line = { x: [], y: [] };
        lines.set(series, line);
      }
      line.x.push(x);
      line.y.push(y);
      draw();
    },
    figure,
    finish() {
      const finished = figure();
      showNow(finished, { id, update: shown });
      shown = true;
      return finished;
    },
  };
}

/** Every n-th value, and always the last. */
function thin(values: readonly number[]): number[] {
  const stride = Math.ceil(values.length / mostPoints);
  return values.filter((_, index) => index % stride === 0 || index === values.length - 1);
}
