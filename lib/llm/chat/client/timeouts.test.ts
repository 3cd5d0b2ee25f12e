import { describe, expect, test } from "vitest";
import { type Answer, chunk, gate, settled, status, stream } from "../testing";
import { ASKED, failure, good, type Scene, scene } from "./testing";

describe("time-outs", () => {
  async function asked({ requests }: Scene): Promise<void> {
    while (requests.length === 0) await settled();
  }
  const once = { retry: { attempts: 1 }, skip: false };

  test("no head", async () => {
    await scene(
      [() => {}],
      async (all) => {
        const failed = failure(all.client.complete(ASKED));
        await asked(all);
        await all.clock.advance(5_000);
        expect((await failed).message).toMatch(/: the server did not answer within 5 s\.$/);
      },
      { ...once, timeouts: { firstByte: 5_000 } },
    );
  });

  test("nothing more: only what is between chunks counts", async () => {
    await scene(
      [stream(chunk("Hel"), "hang")],
      async (all) => {
        const parts = all.client.stream(ASKED);
        expect((await parts.next()).value).toMatchObject({ text: "Hel" });
        await all.clock.advance(500_000); // whoever reads takes this long: no fault of the server's
        const failed = failure(parts.next());
        while (all.clock.alarms < 2) await settled();
        await all.clock.advance(120_000);
        const error = await failed;
        expect(error.kind).toBe("timeout");
        expect(error.partial).toBe("Hel");
        expect(error.message).toMatch(/: nothing more arrived for 120 s\.$/);
      },
      once,
    );
  });

  test("all of it", async () => {
    await scene(
      [stream(chunk("a"), "hang")],
      async (all) => {
        const parts = all.client.stream(ASKED);
        await parts.next();
        const failed = failure(parts.next());
        await all.clock.advance(1_799_999);
        expect(all.clock.alarms).toBe(1);
        await all.clock.advance(1);
        expect(await failed).toMatchObject({ kind: "deadline", partial: "a" });
      },
      { ...once, timeouts: { idle: Number.POSITIVE_INFINITY } },
    );
  });

  test("no time for all of it: the same would happen again", async () => {
    await scene(
      [() => {}],
      async (all) => {
        const failed = failure(all.client.complete(ASKED));
        await asked(all);
        await all.clock.advance(1_800_000);
        expect(await failed).toMatchObject({ kind: "deadline", attempts: 1 });
      },
      { skip: false },
    );
  });

  test("a time-out is tried again", async () => {
    await scene(
      [() => {}, good],
      async (all) => {
        const reply = all.client.complete(ASKED);
        await asked(all);
        await all.clock.advance(5_000);
        await all.clock.asleep();
        await all.clock.advance(2_000);
        expect((await reply).text).toBe("Hello");
      },
      { timeouts: { firstByte: 5_000 }, skip: false },
    );
  });
});

describe("an abort", () => {
  const why = new Error("no longer wanted");

  test("before, while it is sent, and between chunks: the server is told", async () => {
    await scene([good], async ({ client, requests }) => {
      const error = await failure(client.complete(ASKED, { signal: AbortSignal.abort(why) }));
      expect(error).toMatchObject({ kind: "aborted", cause: why });
      expect(requests).toHaveLength(0);
    });
    for (const parts of [["hang"], [chunk("Hel"), "hang"]]) {
      const left = gate();
      const asked = gate();
      const answer: Answer = (response, request) => {
        response.once("close", () => left.open());
        stream(...parts)(response, request);
        asked.open();
      };
      await scene([answer], async ({ client, records, clock }) => {
        const abort = new AbortController();
        const failed = failure(client.complete(ASKED, { signal: abort.signal }));
        await asked.promise;
        abort.abort(why);
        expect(await failed).toMatchObject({ kind: "aborted", cause: why });
        await left.promise;
        expect(records[0].outcome).toBe("aborted");
        expect(clock.sleeps).toEqual([]);
      });
    }
  });

  test("while it waits to try again, and while it waits for its turn", async () => {
    await scene(
      [status(500, {}), stream("hang")],
      async ({ client, clock, requests }) => {
        const abort = new AbortController();
        const failed = failure(client.complete(ASKED, { signal: abort.signal }));
        await clock.asleep();
        abort.abort(why);
        expect(await failed).toMatchObject({ kind: "aborted", attempts: 1 });
        const [first, second] = [new AbortController(), new AbortController()];
        const running = failure(client.complete(ASKED, { signal: first.signal }));
        const queued = failure(client.complete(ASKED, { signal: second.signal }));
        while (requests.length < 2) await settled();
        second.abort(why);
        expect((await queued).kind).toBe("aborted");
        first.abort(why);
        expect((await running).kind).toBe("aborted");
        expect(requests).toHaveLength(2);
      },
      { skip: false, concurrency: 1 },
    );
  });

  test("whoever stops reading cancels", async () => {
    const left = gate();
    const answer: Answer = (response, request) => {
      response.once("close", () => left.open());
      stream(chunk("Hel"), chunk("lo"), "hang")(response, request);
    };
    await scene([answer], async ({ client, records }) => {
      for await (const { text } of client.stream(ASKED)) if (text === "lo") break;
      await left.promise;
      // The server has not said how much it was: 6 bytes asked for with the role, 5 written, a third of a token each.
      expect(records).toMatchObject([
        { outcome: "abandoned", usage: { promptTokens: 4, completionTokens: 2 } },
      ]);
      expect(client.spent()).toMatchObject({ requests: 1, promptTokens: 4, completionTokens: 2 });
    });
  });
});
