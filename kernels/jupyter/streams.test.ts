import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Streams } from "./streams.cjs";

let sent: [string, string][];
let streams: Streams;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  sent = [];
  streams = new Streams((name: string, text: string) => sent.push([name, text]));
});

afterEach(() => {
  vi.useRealTimers();
});

test("the first text leaves at once, what follows is gathered for 50 ms", () => {
  for (let i = 0; i < 100; i++) streams.write("stdout", `${i}\n`);
  expect(sent).toEqual([["stdout", "0\n"]]);
  vi.advanceTimersByTime(50);
  expect(sent).toHaveLength(2);
  expect(sent[1][1]).toBe(Array.from({ length: 99 }, (_, i) => `${i + 1}\n`).join(""));
});

test("a loop that gives no timer a chance sends by itself", () => {
  streams.write("stdout", "a");
  streams.write("stdout", "b");
  vi.setSystemTime(1_000_060);
  streams.write("stdout", "c");
  expect(sent).toEqual([
    ["stdout", "a"],
    ["stdout", "bc"],
  ]);
});

test("much text doesn't wait, another stream ends the message, and flush sends the rest", () => {
  streams.write("stdout", "a");
  streams.write("stdout", "x".repeat(20_000));
  streams.write("stdout", "b");
  streams.write("stderr", "c");
  streams.flush();
  streams.flush();
  expect(sent.map(([name, text]) => [name, text.length])).toEqual([
    ["stdout", 1],
    ["stdout", 20_000],
    ["stdout", 1],
    ["stderr", 1],
  ]);
});

test("captured writes may be bytes, cut inside a character, and call back", async () => {
  vi.useRealTimers();
  const original = { stdout: process.stdout.write, stderr: process.stderr.write };
  try {
    streams.capture();
    const bytes = Buffer.from("é🎉");
    process.stdout.write(bytes.subarray(0, 3));
    process.stdout.write(bytes.subarray(3));
    await new Promise<void>((done) => process.stdout.write("", () => done()));
    await new Promise<void>((done) => process.stdout.write("!", "utf8", () => done()));
    streams.flush();
  } finally {
    process.stdout.write = original.stdout;
    process.stderr.write = original.stderr;
  }
  expect(sent.map(([, text]) => text).join("")).toBe("é🎉!");
});
