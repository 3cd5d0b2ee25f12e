import { createServer } from "node:net";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { type Answer, chunk, DONE, status, stream } from "../testing";
import { createChatClient } from "./client";
import { ASKED, failure, good, scene } from "./testing";

describe("faults that pass", () => {
  const busy = status(503, { error: { message: "busy" } });

  test.each<[string, Answer]>([
    ["408", status(408, {})],
    ["409", status(409, {})],
    ["429", status(429, { error: { message: "slow down" } })],
    ["500", status(500, {})],
    ["503", busy],
    ["a connection that breaks before the head", (response) => void response.destroy()],
    ["a stream that breaks within a chunk", stream(chunk("Hel"), 'data: {"choi', "break")],
    ["a stream that ends within a chunk", stream(chunk("Hel"), 'data: {"choi')],
    ["a stream that ends before the completion does", stream(chunk("Hel"))],
    [
      "a body that is shorter than announced",
      (response) => {
        response.writeHead(200, { "content-type": "application/json", "content-length": 100 });
        response.write("{", () => response.destroy());
      },
    ],
    [
      "an error in the stream",
      stream(chunk("Hel"), 'data: {"error":{"message":"out of memory","code":500}}\n\n'),
    ],
    ["an error in the stream, as a word", stream('event: error\ndata: {"error":"worker died"}\n\n')],
  ])("%s: tried again, and nothing of the first try remains", async (_, answer) => {
    await scene([answer, good], async ({ client, clock, requests, records }) => {
      expect((await client.complete(ASKED)).text).toBe("Hello");
      expect(requests).toHaveLength(2);
      expect(clock.sleeps).toEqual([2_000]);
      expect(records.map(({ attempt }) => attempt)).toEqual([1, 2]);
      expect(records[1]).toMatchObject({ outcome: "answered", startedAt: 2_000 });
    });
  });

  test("waits longer each time, at most 6 times in all", async () => {
    await scene([busy], async ({ client, clock, requests, records }) => {
      const error = await failure(client.complete(ASKED));
      expect(error).toMatchObject({ kind: "server", status: 503, attempts: 6 });
      expect(error.message).toBe("The server answered 503: busy");
      expect(clock.sleeps).toEqual([2_000, 4_000, 8_000, 16_000, 32_000]);
      expect(requests).toHaveLength(6);
      expect(records.map(({ outcome }) => outcome)).toEqual(Array(6).fill("server"));
      expect(client.spent()).toMatchObject({ requests: 6, promptTokens: 0 });
    });
  });

  test("waits as long as the server asks, in seconds and until a date", async () => {
    const asks = (time: string) => status(429, {}, { "retry-after": time });
    await scene([asks("7"), asks("Thu, 01 Jan 1970 00:01:00 GMT"), good], async ({ client, clock }) => {
      await client.complete(ASKED);
      expect(clock.sleeps).toEqual([7_000, 53_000]); // at 7 s until 60 s
    });
    await scene([asks("3600")], async ({ client, requests }) => {
      const error = await failure(client.complete(ASKED));
      expect(error).toMatchObject({ kind: "rateLimit", retryAfter: 3_600_000, attempts: 1 });
      expect(requests).toHaveLength(1);
    });
  });

  test("the waits are drawn", async () => {
    const draws = [0.5, 0.25];
    await scene(
      [busy, busy, good],
      async ({ client, clock }) => {
        await client.complete(ASKED);
        expect(clock.sleeps).toEqual([1_500, 3_500]); // jitter 0.5: 2 · (1 - 0.25), 4 · (1 - 0.125)
      },
      { random: () => draws.shift()! },
    );
  });

  test("after 10 failures in a row the server is left alone", async () => {
    await scene([busy], async ({ client, requests }) => {
      await failure(client.complete(ASKED));
      const error = await failure(client.complete(ASKED));
      expect(error.kind).toBe("circuitOpen");
      expect(requests).toHaveLength(10);
    });
  });

  test("a stream is begun again until its first part; then what there is comes with the error", async () => {
    const broken = stream(chunk("Hel"), chunk("lo"), "break");
    await scene([busy, broken], async ({ client, requests }) => {
      const texts: string[] = [];
      const all = async () => {
        for await (const { text } of client.stream(ASKED)) texts.push(text);
      };
      const error = await failure(all());
      expect(error).toMatchObject({ kind: "connection", partial: "Hello" });
      expect(texts).toEqual(["Hel", "lo"]);
      expect(requests).toHaveLength(2);
    });
  });

  test("nobody listens", async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, "127.0.0.1", resolve));
    const { port } = closed.address() as { port: number };
    await new Promise((resolve) => closed.close(resolve));
    await scene(
      [],
      async ({ client }) => {
        const error = await failure(client.complete(ASKED));
        expect(error.kind).toBe("connection");
        expect(error.message).toContain(
          `http://127.0.0.1:${port}: the connection failed: connect ECONNREFUSED`,
        );
      },
      { baseUrl: `http://127.0.0.1:${port}/v1`, retry: { attempts: 2 } },
    );
  });
});

describe("faults that stay", () => {
  test.each<[string, Answer, object]>([
    [
      "400",
      status(400, { error: { message: "no", code: "x" } }),
      { kind: "badRequest", status: 400, code: "x" },
    ],
    ["401", status(401, { error: { message: "no" } }), { kind: "authentication" }],
    ["403", status(403, { detail: "no" }), { kind: "permission", message: "The server answered 403: no" }],
    ["404", status(404, { message: "no" }), { kind: "notFound" }],
    ["422", status(422, { error: "no" }), { kind: "badRequest", message: "The server answered 422: no" }],
    ["an empty account", status(429, { error: { code: "insufficient_quota" } }), { kind: "quota" }],
    [
      "a context that is too small, by name",
      status(400, { error: { code: "context_length_exceeded" } }),
      { kind: "contextLength" },
    ],
    [
      "a context that is too small, in the stream",
      stream('data: {"error":{"message":"no","code":"context_length_exceeded"}}\n\n'),
      { kind: "contextLength", message: "The server reported an error: no" },
    ],
    [
      "a context that is too small, in words",
      status(400, { message: "This model's maximum context length is 4096 tokens." }),
      { kind: "contextLength" },
    ],
    [
      "a redirection, which would take the key elsewhere",
      status(308, {}, { location: "http://127.0.0.1:1/" }),
      { kind: "protocol", message: /It points to http:\/\/127\.0\.0\.1:1\/: use that address/ },
    ],
    [
      "a page",
      (response) => response.writeHead(200, { "content-type": "text/html" }).end("<html>Hi"),
      { kind: "protocol", message: "The server answered with text/html, not JSON: <html>Hi" },
    ],
    ["what is not JSON", stream("data: {oops\n\n"), { kind: "protocol", message: /not JSON: \{oops/ }],
    [
      "another protocol",
      stream('data: {"hello":1}\n\n'),
      { kind: "protocol", message: /no chat completion \(field "choices": Required\)/ },
    ],
    ["a stream without an end", stream(chunk("a"), DONE), { kind: "protocol", partial: "a" }],
    ["no choice", status(200, { choices: [] }), { kind: "protocol", message: /no completion that ended/ }],
    ["an endless event", stream(`data: ${"x".repeat(8_400_000)}`), { kind: "protocol" }],
  ])("%s: not tried again", async (_, answer, { message, ...expected }: { message?: string | RegExp }) => {
    await scene([answer], async ({ client, requests, clock }) => {
      const error = await failure(client.complete(ASKED));
      expect(error).toMatchObject({ ...expected, attempts: 1 });
      if (message instanceof RegExp) expect(error.message).toMatch(message);
      else if (message !== undefined) expect(error.message).toBe(message);
      expect(requests).toHaveLength(1);
      expect(clock.sleeps).toEqual([]);
    });
  });

  test("the key is sent, and is nowhere else, even where the server repeats it", async () => {
    const apiKey = "sk-very-secret";
    const answer = status(401, { error: { message: `Wrong key ${apiKey}.` } }, { "x-request-id": "r1" });
    await scene(
      [answer],
      async ({ client, requests, records }) => {
        const error = await failure(client.complete(ASKED));
        expect(requests[0].headers.authorization).toBe(`Bearer ${apiKey}`);
        expect(error.message).toBe("The server answered 401: Wrong key [key].");
        expect(error.requestId).toBe("r1");
        for (const what of [error, records, client])
          expect(inspect(what, { depth: 9 })).not.toContain(apiKey);
      },
      { apiKey },
    );
  });

  test("options that cannot be meant", () => {
    const make = (baseUrl: string) => () => createChatClient({ baseUrl });
    expect(make("127.0.0.1:80")).toThrow('like http://127.0.0.1:8080/v1; got "127.0.0.1:80"');
    expect(make("file:///v1")).toThrow("The address must be like");
    expect(make("http://user:secret@host/v1")).toThrow(/^http:\/\/host: the address must have no user/);
    const nameless = createChatClient({ baseUrl: "http://127.0.0.1:1/v1" });
    return expect(nameless.complete(ASKED)).rejects.toThrow("No model is named");
  });
});
