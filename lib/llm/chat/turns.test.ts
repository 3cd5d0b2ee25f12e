import { describe, expect, test } from "vitest";
import { settled } from "./testing";
import { createTurns } from "./turns";

describe("createTurns", () => {
  test("lets so many run, and the others in the order in which they came", async () => {
    const turns = createTurns({ running: 2 });
    const order: number[] = [];
    const ends: (() => void)[] = [];
    for (let k = 0; k < 5; k++)
      void turns.take().then((end) => {
        order.push(k);
        ends.push(end);
      });
    await settled();
    expect([order, turns.running, turns.queued]).toEqual([[0, 1], 2, 3]);
    ends[1]();
    ends[1](); // does nothing
    await settled();
    expect([order, turns.running, turns.queued]).toEqual([[0, 1, 2], 2, 2]);
    ends[0]();
    ends[2]();
    await settled();
    expect([order, turns.running, turns.queued]).toEqual([[0, 1, 2, 3, 4], 2, 0]);
  });

  test("who gives up leaves the queue", async () => {
    const turns = createTurns({ running: 1, queued: 2 });
    const end = await turns.take();
    const abort = new AbortController();
    const first = turns.take(abort.signal);
    const second = turns.take();
    expect(turns.full).toBe(true);
    abort.abort(new Error("enough"));
    await expect(first).rejects.toThrow("enough");
    expect([turns.full, turns.queued]).toEqual([false, 1]);
    end();
    (await second)();
    expect([turns.running, turns.queued]).toEqual([0, 0]);
    await expect(turns.take(abort.signal)).rejects.toThrow("enough");
  });

  test("refuses a limit that nobody passes", () => {
    expect(() => createTurns({ running: 0 })).toThrow("At least 1 must be allowed to run at a time; got 0.");
  });
});
