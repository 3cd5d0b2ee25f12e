import { describe, expect, it } from "vitest";
import { formatBytes, formatSeconds, Progress } from "./progress.cjs";

function record(isTTY: boolean) {
  const written: string[] = [];
  const clock = { now: 0 };
  const stream = { isTTY, columns: 40, write: (text: string) => written.push(text) };
  return { written, clock, progress: new Progress(stream, () => clock.now) };
}

describe("in a file", () => {
  it("a step is a line at its start and one at its end, with the seconds", () => {
    const { written, clock, progress } = record(false);
    progress.begin("[1/2] Packages");
    progress.update("a hundred notes");
    clock.now = 3_400;
    progress.tick();
    progress.end("587 packages");
    expect(written).toEqual(["[1/2] Packages …\n", "[1/2] Packages: 587 packages (3.4 s)\n"]);
  });

  it("a long step shows every minute that it is alive", () => {
    const { written, clock, progress } = record(false);
    progress.begin("Packages");
    progress.update("12 of 587");
    for (clock.now = 0; clock.now <= 130_000; clock.now += 10_000) progress.tick();
    progress.end("done");
    expect(written.filter((line) => line.includes("12 of 587"))).toHaveLength(2);
  });
});

it("on a terminal it is one line, redrawn, no wider than the terminal", () => {
  const { written, progress } = record(true);
  progress.begin("Packages");
  progress.update("x".repeat(100));
  progress.tick();
  progress.end("done");
  for (const text of written.slice(0, -1)) {
    expect(text.startsWith("\r\x1b[2K")).toBe(true);
    expect(text.replace("\r\x1b[2K", "").length).toBeLessThan(40);
  }
  expect(written.at(-1)).toBe("Packages: done (0.0 s)\n");
});

it("sizes and times are written as people read them", () => {
  expect([0, 999, 1500, 999_600, 273_829_956, 1.61e9].map(formatBytes)).toEqual([
    "0 B",
    "999 B",
    "1.5 kB",
    "1.0 MB",
    "274 MB",
    "1.6 GB",
  ]);
  expect([40, 12_345, 125_000].map(formatSeconds)).toEqual(["0.0 s", "12 s", "2 min 5 s"]);
});
