import { describe, expect, test } from "vitest";
import { type Answer, createTestClock, settled } from "../testing";
import { createAdmissions } from "./admission";
import { costOf, createBudget, mostCostOf } from "./budget";
import { createCircuitBreaker, DEFAULT_BREAKER } from "./circuitBreaker";
import { createRateBucket } from "./rateBucket";
import { ASKED, failure, good, scene } from "./testing";

const usage = (promptTokens: number, completionTokens: number) => ({ promptTokens, completionTokens });

describe("createRateBucket", () => {
  test("a minute's worth at once, then as it refills, in order", async () => {
    const clock = createTestClock();
    const bucket = createRateBucket(60, clock); // one a second
    const taken: string[] = [];
    await bucket.take(60);
    void bucket.take(2).then(() => taken.push("two"));
    void bucket.take(1).then(() => taken.push("one"));
    await clock.advance(1_999);
    expect(taken).toEqual([]);
    await clock.advance(1);
    expect(taken).toEqual(["two"]);
    await clock.advance(1_000);
    expect(taken).toEqual(["two", "one"]);
    expect(clock.sleeps).toEqual([2_000, 3_000]);
  });

  test("holds no more than a minute's worth, which is the most that one may take", async () => {
    const clock = createTestClock();
    const bucket = createRateBucket(60, clock);
    await clock.advance(600_000);
    const book = await bucket.take(1_000);
    expect(clock.sleeps).toEqual([]);
    book(10); // 60 taken, 10 used
    await bucket.take(50);
    expect(clock.sleeps).toEqual([]);
    void bucket.take(1);
    await settled();
    expect(clock.sleeps).toEqual([1_000]);
  });

  test("what was used beyond what was taken is taken later", async () => {
    const clock = createTestClock();
    const bucket = createRateBucket(60, clock);
    (await bucket.take(50))(70);
    void bucket.take(1);
    await settled();
    expect(clock.sleeps).toEqual([11_000]);
  });

  test("who gives up gives back", async () => {
    const clock = createTestClock();
    const bucket = createRateBucket(60, clock);
    await bucket.take(60);
    const abort = new AbortController();
    const waiting = bucket.take(30, abort.signal);
    abort.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    void bucket.take(1);
    await settled();
    expect(clock.sleeps).toEqual([30_000, 1_000]);
    expect(() => createRateBucket(0, clock)).toThrow("A rate must be above 0 a minute; got 0.");
  });
});

describe("costOf", () => {
  test("prices cached and thinking tokens apart", () => {
    const used = { ...usage(1_000_000, 500_000), cachedTokens: 400_000, reasoningTokens: 200_000 };
    expect(costOf(used, { input: 2, output: 8 })).toBeCloseTo(6, 12);
    expect(costOf(used, { input: 2, cachedInput: 0.5, output: 8, reasoning: 10 })).toBeCloseTo(5.8, 12);
  });
});

describe("createBudget", () => {
  test("is a hard stop that counts what others have set aside", async () => {
    const budget = createBudget({ tokens: 100 });
    const first = await budget.reserve(usage(10, 50));
    let isIn = false;
    const second = budget.reserve(usage(10, 40)).then((reservation) => {
      isIn = true;
      return reservation;
    });
    await settled();
    expect(isIn).toBe(false); // 60 + 50 > 100, but the first may use less
    first.settle(usage(10, 20));
    (await second).settle(usage(10, 40));
    expect(budget.spent()).toEqual({ requests: 2, promptTokens: 20, completionTokens: 60, cost: 0 });
    await expect(budget.reserve(usage(10, 11))).rejects.toMatchObject({
      kind: "budget",
      message: "The budget is used up: tokens would come to 101, the limit is 100. Raise it to go on.",
    });
    await budget.reserve(usage(10, 10));
  });

  test("who waits in vain is told when the others have settled", async () => {
    const budget = createBudget({ tokens: 100 });
    const first = await budget.reserve(usage(0, 60));
    const second = budget.reserve(usage(0, 50));
    first.settle(usage(0, 60));
    await expect(second).rejects.toThrow("tokens would come to 110");
  });

  test("limits requests and cost; what was not sent costs nothing", async () => {
    const budget = createBudget({ requests: 2, cost: 1 }, { input: 1, output: 10 });
    (await budget.reserve(usage(0, 50_000))).settle(usage(0, 50_000));
    await expect(budget.reserve(usage(0, 60_000))).rejects.toThrow("cost would come to 1.1, the limit is 1");
    (await budget.reserve(usage(0, 50_000))).cancel();
    (await budget.reserve(usage(0, 10))).settle(usage(0, 10));
    await expect(budget.reserve(usage(0, 1))).rejects.toThrow("requests would come to 3, the limit is 2");
    expect(() => createBudget({ cost: 1 })).toThrow("A limit of cost needs prices");
  });

  test("sets aside the dearest kind of tokens, and books what each was", async () => {
    const prices = { input: 2, cachedInput: 1, output: 10, reasoning: 30 };
    const budget = createBudget({ cost: 0.32 }, prices);
    await expect(budget.reserve(usage(10_000, 11_000))).rejects.toThrow("cost would come to 0.35");
    const first = await budget.reserve(usage(10_000, 10_000)); // as if all were thoughts: 0.02 + 0.3
    first.settle({ ...usage(10_000, 10_000), cachedTokens: 10_000, reasoningTokens: 2_000 });
    expect(budget.spent().cost).toBeCloseTo(0.01 + 0.08 + 0.06, 12);
    expect(mostCostOf(usage(1e6, 1e6), { input: 2, cachedInput: 3, output: 10, reasoning: 1 })).toBe(13);
  });

  test("who waits may give up", async () => {
    const budget = createBudget({ tokens: 100 });
    await budget.reserve(usage(0, 60));
    const abort = new AbortController();
    const waiting = budget.reserve(usage(0, 50), abort.signal);
    abort.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
  });
});

describe("createCircuitBreaker", () => {
  test("opens after 10 failures in a row, lets one try after the rest, and closes when that succeeds", async () => {
    const clock = createTestClock();
    const breaker = createCircuitBreaker(DEFAULT_BREAKER, clock);
    for (let k = 0; k < 9; k++) breaker.enter()("failed");
    breaker.enter()("answered");
    for (let k = 0; k < 9; k++) breaker.enter()("failed");
    breaker.enter()("unknown"); // says nothing either way
    breaker.enter()("failed");
    expect(() => breaker.enter()).toThrow("failed 10 times in a row and is left alone for 60 s");
    await clock.advance(60_000);
    const trial = breaker.enter();
    expect(() => breaker.enter()).toThrow(/left alone/); // one at a time
    trial("failed");
    expect(() => breaker.enter()).toThrow("failed 11 times in a row and is left alone for 60 s");
    await clock.advance(60_000);
    breaker.enter()("unknown");
    breaker.enter()("answered");
    breaker.enter()("failed");
    breaker.enter();
  });
});

describe("createAdmissions", () => {
  test("gives everything back where a later gate refuses", async () => {
    const clock = createTestClock();
    const limits = { concurrency: 1, requestsPerMinute: 60, tokensPerMinute: 100, budget: { tokens: 100 } };
    const admissions = createAdmissions(limits, { failures: 1, rest: 1_000 }, clock);
    (await admissions.admit(usage(0, 40))).end("failed", usage(0, 0));
    await expect(admissions.admit(usage(0, 100))).rejects.toMatchObject({ kind: "circuitOpen" });
    await clock.advance(1_000);
    (await admissions.admit(usage(0, 100))).end("answered", usage(1, 2));
    expect(clock.sleeps).toEqual([]);
    expect(admissions.spent()).toMatchObject({ requests: 2, promptTokens: 1, completionTokens: 2 });
    await expect(admissions.admit(usage(0, 98))).rejects.toMatchObject({ kind: "budget" });
    (await admissions.admit(usage(0, 97))).end("answered", usage(0, 0)); // the turn was given back
  });
});

describe("a client's limits", () => {
  test("no more requests at a time than allowed", async () => {
    const hold: (() => void)[] = [];
    const answer: Answer = (response, request) => void hold.push(() => good(response, request));
    await scene(
      [answer],
      async ({ client }) => {
        let finished = 0;
        const replies = [1, 2, 3, 4, 5].map(() => client.complete(ASKED).then(() => finished++));
        for (let next = 0; next < 5; next++) {
          while (hold.length < Math.min(next + 2, 5)) await settled();
          for (let k = 0; k < 5; k++) await settled(); // a third one would come
          expect(hold.length).toBe(Math.min(next + 2, 5));
          hold[next]();
          while (finished <= next) await settled();
        }
        await Promise.all(replies);
      },
      { concurrency: 2 },
    );
  });

  test("requests a minute", async () => {
    await scene(
      [good],
      async ({ client, clock }) => {
        for (let k = 0; k < 4; k++) await client.complete(ASKED);
        expect(clock.sleeps).toEqual([30_000, 30_000]);
      },
      { requestsPerMinute: 2 },
    );
  });

  test("tokens a minute, by what was asked for, then by what was used", async () => {
    await scene(
      [good],
      async ({ client, clock }) => {
        await client.complete({ ...ASKED, maxTokens: 56 }); // 4 + 56 of 60; used 5 + 2
        await client.complete({ ...ASKED, maxTokens: 56 }); // 60 of 53
        expect(clock.sleeps).toEqual([7_000]);
      },
      { tokensPerMinute: 60 },
    );
  });

  test("a budget stops before it is passed, and says what was spent", async () => {
    await scene(
      [good],
      async ({ client, requests }) => {
        await client.complete({ ...ASKED, maxTokens: 20 });
        const error = await failure(client.complete({ ...ASKED, maxTokens: 20 }));
        expect(error.kind).toBe("budget");
        expect(error.message).toMatch(/tokens would come to 31, the limit is 30/); // 7 used, 4 + 20 more
        expect(client.spent().cost).toBeCloseTo((5 * 1 + 2 * 10) / 1e6, 15);
        expect(requests).toHaveLength(1);
      },
      { budget: { tokens: 30 }, prices: { input: 1, output: 10 } },
    );
  });
});
