import { afterEach, describe, expect, it, vi } from "vitest";
import { type DisplayWriter, setDisplayWriter } from "./kernel";
import { liveCurve } from "./live";

const options = { title: "Training", x: { title: "step" }, y: { title: "loss", unit: "nats" } };

afterEach(() => {
  setDisplayWriter(undefined);
  vi.restoreAllMocks();
});

function kernel() {
  const writer = vi.fn<DisplayWriter>();
  setDisplayWriter(writer);
  return writer;
}

describe("liveCurve", () => {
  it("draws at once, then no more often than its interval, all into one output", () => {
    const writer = kernel();
    let now = 0;
    const curve = liveCurve({ ...options, interval: 0.5, clock: () => now });
    for (let step = 0; step <= 200; step++) {
      now = step * 10; // 2 s of training
      curve.add("loss", step, 5 - step / 100);
    }
    expect(writer).toHaveBeenCalledTimes(5);
    const ids = new Set(writer.mock.calls.map(([message]) => message.transient.display_id));
    expect(ids.size).toBe(1);
    expect(writer.mock.calls.map(([, update]) => update)).toEqual([false, true, true, true, true]);
    const last = writer.mock.calls[4][0].data;
    expect(Object.keys(last).sort()).toEqual(["image/svg+xml", "text/plain"]);
    expect(last["text/plain"]).toBe("Training: loss 3.000 at 200");
  });

  it("ends with the full figure in the same output", () => {
    const writer = kernel();
    const curve = liveCurve(options);
    curve.add("train", 1, 3);
    curve.add("validation", 1, 4);
    curve.add("train", 2, 2);
    const figure = curve.finish();
    expect(figure.data).toMatchObject([
      { name: "train", x: [1, 2], y: [3, 2] },
      { name: "validation", x: [1], y: [4] },
    ]);
    const [message, update] = writer.mock.calls[writer.mock.calls.length - 1];
    expect(update).toBe(true);
    expect(message.data).toHaveProperty("application/vnd.plotly.v1+json");
    expect(message.transient.display_id).toBe(writer.mock.calls[0][0].transient.display_id);
  });

  it("keeps the picture small however long training takes, and the last point in it", () => {
    const writer = kernel();
    let now = 0;
    const curve = liveCurve({ ...options, clock: () => now });
    for (let step = 0; step < 50_001; step++) curve.add("loss", step, 1 / (step + 1));
    now = 1000;
    curve.add("loss", 50_001, 0.5);
    expect(String(writer.mock.calls[1][0].data["image/svg+xml"]).length).toBeLessThan(25_000);
    const [trace] = curve.figure().data;
    const x = "x" in trace ? (trace.x as number[]) : [];
    expect(x.length).toBeLessThanOrEqual(1001);
    expect(x[x.length - 1]).toBe(50_001);
  });

  it("outside a notebook says nothing until the end", () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
    const curve = liveCurve(options);
    curve.add("loss", 1, 3);
    expect(log).not.toHaveBeenCalled();
    curve.finish();
    expect(log).toHaveBeenCalledWith(
      "Figure: Training\n  step (x) against loss (nats) (y)\n  loss: 1 point, y 3 to 3, last 3",
    );
  });

  it("is a place where an interrupt stops training", () => {
    kernel();
    const key = Symbol.for("reprise.checkInterrupt");
    const curve = liveCurve(options);
    curve.add("loss", 1, 3);
    Object.assign(globalThis, {
      [key]: () => {
        throw new Error("Interrupted");
      },
    });
    try {
      expect(() => curve.add("loss", 2, 2)).toThrow("Interrupted");
    } finally {
      Reflect.deleteProperty(globalThis, key);
    }
    expect(curve.finish().data).toMatchObject([{ x: [1] }]);
  });

  it("survives training without a step, and a loss that diverges", () => {
    kernel();
    expect(liveCurve(options).finish().data).toEqual([]);
    const curve = liveCurve(options);
    curve.add("loss", 1, Number.NaN);
    curve.add("loss", 2, Number.POSITIVE_INFINITY);
    expect(() => curve.finish()).not.toThrow();
  });
});
