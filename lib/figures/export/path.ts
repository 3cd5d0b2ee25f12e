/** Geometry of SVG paths: box, length, point at a length. Plotly places labels on lines by them. */
import { svgPathProperties } from "svg-path-properties";
import type { Box } from "./box";

/** Box around a path's corner and control points: exact for lines, generous for curves. */
export function pathBox(d: string): Box | undefined {
  const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
  let [x, y, startX, startY] = [0, 0, 0, 0];
  const visit = (pointX: number, pointY: number) => {
    box[0] = Math.min(box[0], pointX);
    box[1] = Math.min(box[1], pointY);
    box[2] = Math.max(box[2], pointX);
    box[3] = Math.max(box[3], pointY);
  };
  for (const [, command, list] of d.matchAll(/([a-zA-Z])([^a-zA-Z]*(?:e[-+]?\d+[^a-zA-Z]*)*)/g)) {
    const kind = command.toUpperCase();
    const relative = command !== kind;
    const values = (list.match(/-?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?/gi) ?? []).map(Number);
    if (kind === "Z") {
      [x, y] = [startX, startY];
      continue;
    }
    const length = argumentCount[kind] ?? 2;
    for (let at = 0; at + length <= values.length; at += length) {
      const part = values.slice(at, at + length);
      const [originX, originY] = relative ? [x, y] : [0, 0];
      if (kind === "H") x = originX + part[0];
      else if (kind === "V") y = originY + part[0];
      else {
        if (kind === "A") {
          visit(x - part[0], y - part[1]);
          visit(x + part[0], y + part[1]);
        } else for (let i = 0; i + 1 < length - 2; i += 2) visit(originX + part[i], originY + part[i + 1]);
        x = originX + part[length - 2];
        y = originY + part[length - 1];
      }
      if (kind === "M" && at === 0) [startX, startY] = [x, y];
      visit(x, y);
    }
  }
  return box[0] === Infinity ? undefined : box;
}

const argumentCount: Readonly<Record<string, number>> = {
  M: 2,
  L: 2,
  H: 1,
  V: 1,
  C: 6,
  S: 4,
  Q: 4,
  T: 2,
  A: 7,
};

export function pathLength(d: string): number {
  return d === "" ? 0 : new svgPathProperties(d).getTotalLength();
}

export function pathPoint(d: string, length: number): { x: number; y: number } {
  return d === "" ? { x: 0, y: 0 } : new svgPathProperties(d).getPointAtLength(length);
}
