import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type MimeBundle, setDisplayWriter } from "./kernel";
import { progress, track } from "./progress";

afterEach(() => {
  setDisplayWriter(undefined);
  vi.unstubAllEnvs();
});

class Sink {
  text = "";
  columns = 200;
  constructor(readonly isTTY: boolean) {}
  write(text: string): void {
    this.text += text;
  }
}

function clockOf(start = 0) {
  const clock = () => clock.now;
  clock.now = start;
  return clock;
}

describe("on a terminal", () => {
  test("one line is redrawn, with rate and time left", () => {
    const stream = new Sink(true);
    const clock = clockOf();
    const bar = progress({ title: "Training", total: 200, stream, clock });
    for (let i = 0; i < 50; i++) {
      clock.now += 100;
      bar.step(1, `loss ${i}`);
    }
    const last = stream.text.split("\r").at(-1) ?? "";
    expect(last).toContain(
      "Training: 25% · 50 of 200 steps · 10.0 steps/s · 0:05 elapsed · 0:15 left · loss 49",
    );
    expect(last).toContain(`${"█".repeat(6)}${"░".repeat(18)}`);
    expect(stream.text).not.toContain("\n");
    bar.finish();
    expect(stream.text).toMatch(/Training: 50 steps in 0:05 · 10\.0 steps\/s · loss 49\n$/);
  });

  test("a picture comes at most ten times a second", () => {
    const stream = new Sink(true);
    const clock = clockOf();
    const bar = progress({ total: 1e6, stream, clock });
    for (let i = 0; i < 1000; i++) {
      clock.now += 1;
      bar.step();
    }
    expect(stream.text.split("\r").length - 1).toBeLessThanOrEqual(11);
  });

  test("the line is cut to the terminal's width", () => {
    const stream = new Sink(true);
    stream.columns = 40;
    progress({
      total: 10,
      stream,
      title: "A title that is much longer than the line",
      clock: clockOf(),
    }).step();
    expect(stream.text.split("\u001b[2K").at(-1)?.length).toBe(39);
  });

  test("time left follows the rate of the last half minute", () => {
    const stream = new Sink(true);
    const clock = clockOf();
    const bar = progress({ total: 1000, stream, clock });
    for (let i = 0; i < 100; i++) {
      clock.now += 10;
      bar.step();
    }
    for (let i = 0; i < 60; i++) {
      clock.now += 1000;
      bar.step();
    }
    expect(stream.text.split("\r").at(-1)).toContain("160 of 1,000 steps · 1.00 steps/s");
    expect(stream.text.split("\r").at(-1)).toContain("14:00 left");
  });
});

describe("in a file", () => {
  test("one line a minute, and one at the end", () => {
    const stream = new Sink(false);
    const clock = clockOf();
    const bar = progress({ title: "Training", total: 1000, unit: "batches", stream, clock });
    for (let i = 0; i < 300; i++) {
      clock.now += 500;
      bar.step();
    }
    bar.finish();
    const lines = stream.text.trimEnd().split("\n");
    expect(lines).toHaveLength(3);
    expect(lines[0]).toBe("Training: 12% · 120 of 1,000 batches · 2.00 batches/s · 1:00 elapsed · 7:20 left");
    expect(lines[2]).toBe("Training: 300 batches in 2:30 · 2.00 batches/s");
    expect(stream.text).not.toContain("\u001b");
  });

  test("without a total there is no percentage, and slow steps show their time", () => {
    const stream = new Sink(false);
    const clock = clockOf();
    const bar = progress({ stream, clock });
    for (let i = 0; i < 2; i++) {
      clock.now += 40_000;
      bar.step();
    }
    expect(stream.text).toBe("2 steps · 40.0 s each · 1:20 elapsed\n");
  });

  test("hours are shown as hours", () => {
    const stream = new Sink(false);
    const clock = clockOf();
    const bar = progress({ stream, clock });
    clock.now += 3_725_000;
    bar.finish();
    expect(stream.text).toBe("0 steps in 1:02:05\n");
  });
});

describe("in a notebook", () => {
  type Message = { data: MimeBundle; transient: { display_id?: string }; update: boolean };

  function notebook(): Message[] {
    const messages: Message[] = [];
    setDisplayWriter(({ data, transient }, update) => messages.push({ data, transient, update }));
    return messages;
  }

  test("one output is updated in place, some times a second", () => {
    const messages = notebook();
    const clock = clockOf();
    const bar = progress({ title: "Loss < 1 & falling", total: 100, clock });
    for (let i = 0; i < 100; i++) {
      clock.now += 20;
      bar.step();
    }
    bar.finish();
    expect(messages.length).toBeGreaterThanOrEqual(6);
    expect(messages.length).toBeLessThanOrEqual(9);
    expect(messages.map(({ update }) => update)).toEqual([false, ...messages.slice(1).map(() => true)]);
    expect(new Set(messages.map(({ transient }) => transient.display_id)).size).toBe(1);
    const html = messages[3].data["text/html"];
    expect(html).toMatch(/<progress max="1" value="0\.\d+"/);
    expect(html).toContain("Loss &lt; 1 &amp; falling: ");
    expect(messages.at(-1)?.data["text/plain"]).toBe("Loss < 1 & falling: 100 steps in 0:02 · 50.0 steps/s");
  });

  test("who runs the notebook reads the words in a file", () => {
    notebook();
    const folder = mkdtempSync(join(tmpdir(), "progress-"));
    const file = join(folder, "progress.txt");
    vi.stubEnv("REPRISE_PROGRESS_FILE", file);
    const clock = clockOf();
    const bar = progress({ title: "Training", total: 4, clock });
    clock.now = 1000;
    bar.step();
    expect(readFileSync(file, "utf8")).toBe(
      "Training: 25% · 1 of 4 steps · 1.00 steps/s · 0:01 elapsed · 0:03 left",
    );
    rmSync(folder, { recursive: true });
    clock.now = 9000;
    expect(() => bar.step()).not.toThrow();
  });

  test("an interrupt stops the work at its next step", () => {
    notebook();
    const key = Symbol.for("reprise.checkInterrupt");
    const bar = progress({ total: 4, clock: clockOf() });
    bar.step();
    Object.defineProperty(globalThis, key, {
      configurable: true,
      value: () => {
        throw new Error("Interrupted");
      },
    });
    try {
      expect(() => bar.step()).toThrow("Interrupted");
    } finally {
      Reflect.deleteProperty(globalThis, key);
    }
  });
});

test("track goes over all items", () => {
  const stream = new Sink(false);
  expect([...track(["a", "b"], { stream, clock: clockOf(), unit: "files" })]).toEqual(["a", "b"]);
  expect(stream.text).toMatch(/^2 files in 0:00/);
});

test("a finished bar takes no more steps", () => {
  const bar = progress({ stream: new Sink(false), clock: clockOf(), title: "Training" });
  bar.finish();
  bar.finish();
  expect(() => bar.step()).toThrow("Progress of Training has finished already.");
});
