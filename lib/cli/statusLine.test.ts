import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { formatDuration, statusLine } from "./statusLine";
import { recordingStream } from "./testing";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it("in a file it is a line a minute", () => {
  const stream = recordingStream();
  const status = statusLine(stream);
  status.set("cell 3");
  vi.advanceTimersByTime(150_000);
  status.print("a line that stays");
  status.stop();
  vi.advanceTimersByTime(150_000);
  expect(stream.text).toBe("1:00  cell 3\n2:00  cell 3\na line that stays\n");
});

it("on a terminal it is redrawn in place, cut to the width, and gone at the end", () => {
  const stream = recordingStream(true);
  const status = statusLine(stream);
  status.set(`cell 3 ${"x".repeat(100)}`);
  vi.advanceTimersByTime(200);
  const [, drawn] = stream.text.split("\r\x1b[2K");
  expect(drawn).toBe(`0:00  cell 3 ${"x".repeat(100)}`.slice(0, 39));
  status.stop();
  expect(stream.text.endsWith("\r\x1b[2K")).toBe(true);
});

describe("durations", () => {
  it.each([
    [999, "0:00"],
    [61_000, "1:01"],
    [3_723_000, "1:02:03"],
  ])("%i ms is %s", (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });
});
