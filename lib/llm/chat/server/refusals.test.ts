import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { roomFor } from "../chatModel";
import { gate, scriptedModel, settled } from "../testing";
import { ASKED, CHAT, events, hello, until, waiting, withChatServer } from "./testing";

describe("refusals", () => {
  test.each<[string, number, string, object | string | undefined, RequestInit, RegExp]>([
    ["an unknown path", 404, "/v1/embeddings", {}, {}, /There is no \/v1\/embeddings here/],
    ["a path of an object's own", 404, "/constructor", undefined, {}, /no \/constructor here/],
    [
      "an unknown model",
      404,
      CHAT,
      { ...ASKED, model: "x" },
      {},
      /There is no model "x" here; there is scripted/,
    ],
    ["a wrong method", 405, CHAT, undefined, {}, /takes POST, not GET/],
    ["a wrong method of models", 405, "/v1/models", {}, {}, /takes GET, not POST/],
    ["no type", 415, CHAT, "x", { headers: { "content-type": "" } }, /must be application\/json/],
    ["a form's type", 415, CHAT, "{}", { headers: { "content-type": "text/plain" } }, /got text\/plain/],
    [
      "another charset",
      415,
      CHAT,
      "{}",
      { headers: { "content-type": "application/json; charset=latin1" } },
      /UTF-8; got latin1/,
    ],
    ["a compressed body", 415, CHAT, "{}", { headers: { "content-encoding": "gzip" } }, /got gzip/],
    ["what is not JSON", 400, CHAT, "{", {}, /not valid JSON/],
    ["a list", 400, CHAT, "[]", {}, /must be a JSON object/],
    ["more completions than allowed", 400, CHAT, { ...ASKED, n: 17 }, {}, /At most 16 completions/],
    [
      "more tokens than the context has",
      400,
      CHAT,
      { ...ASKED, max_tokens: 101 },
      {},
      /maximum context length is 100 tokens; got 101/,
    ],
  ])("%s: %i", async (_, expected, path, body, init, message) => {
    const model = hello();
    await withChatServer(model, async ({ send, errors }) => {
      const { status, json } = await send(path, body, init);
      expect(status).toBe(expected);
      expect(json.error.message).toMatch(message);
      expect(Object.keys(json.error).sort()).toEqual(["code", "message", "param", "type"]);
      expect([model.requests, errors]).toEqual([[], []]);
    });
  });

  test("405 names what is allowed", async () => {
    await withChatServer(hello(), async ({ send }) => {
      expect((await send(CHAT)).headers.get("allow")).toBe("POST");
    });
  });

  test("invalid UTF-8", async () => {
    await withChatServer(hello(), async ({ raw }) => {
      const head = `POST ${CHAT} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json`;
      const answer = await raw(Buffer.from(`${head}\r\ncontent-length: 1\r\n\r\n\xff`, "latin1"));
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
      expect(answer).toContain("The body is not valid UTF-8.");
    });
  });

  test("a missing or a wrong key: 401; health needs none", async () => {
    const options = { apiKey: "secret" };
    await withChatServer(
      hello(),
      async ({ send }) => {
        for (const authorization of ["", "Basic secret", "Bearer secre", "Bearer secret2"]) {
          const { status, headers, json } = await send(CHAT, ASKED, { headers: { authorization } });
          expect([status, headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
          expect(json.error).toMatchObject({ type: "authentication_error", code: "invalid_api_key" });
        }
        expect((await send(CHAT, ASKED, { headers: { authorization: "Bearer secret" } })).status).toBe(200);
        expect((await send("/v1/models")).status).toBe(401);
        expect((await send("/health")).status).toBe(200);
      },
      options,
    );
  });

  test("a web page that has given this address a name of its own: 403", async () => {
    await withChatServer(hello(), async ({ raw }) => {
      const ask = (host: string) => raw(`GET /health HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);
      expect(await ask("evil.example:80")).toMatch(
        /^HTTP\/1\.1 403 [\s\S]*the request is for \\"evil\.example\\"/,
      );
      for (const host of ["localhost:80", "127.0.0.1", "[::1]:8080", "LOCALHOST"])
        expect(await ask(host)).toMatch(/^HTTP\/1\.1 200 /);
    });
  });

  test("what is no HTTP beside an answer is not written into the answer", async () => {
    const { model, gates } = waiting();
    await withChatServer(model, async ({ url, errors }) => {
      const socket = connect(Number(new URL(url).port), "127.0.0.1");
      const closed = gate();
      let answer = "";
      socket.setEncoding("utf8").on("data", (part) => {
        answer += part;
      });
      socket.on("close", () => closed.open());
      const body = JSON.stringify({ ...ASKED, stream: true });
      socket.write(
        `POST ${CHAT} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      );
      await until(() => gates.length === 1 && answer.includes("Hel"));
      socket.write("hello\r\n\r\n");
      await closed.promise;
      expect(answer).not.toContain("This is no HTTP request");
      await until(() => model.signals[0].aborted);
      expect(errors).toEqual([]);
    });
  });

  test("what is no HTTP, and a head that is too long", async () => {
    await withChatServer(hello(), async ({ raw }) => {
      expect(await raw("hello\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 [\s\S]*"This is no HTTP request\."/);
      const long = `GET /health HTTP/1.1\r\nhost: localhost\r\nx: ${"x".repeat(20_000)}\r\n\r\n`;
      expect(await raw(long)).toMatch(/^HTTP\/1\.1 431 [\s\S]*"The head of the request is too long\."/);
    });
  });

  test("a body that is too large: 413, announced or not", async () => {
    const limits = { bodyBytes: 1_000 };
    await withChatServer(
      hello(),
      async ({ send, raw }) => {
        const { status, json } = await send(CHAT, { ...ASKED, user: "x".repeat(1_000_000) });
        expect(status).toBe(413);
        expect(json.error.message).toBe("The body is larger than the 1000 bytes allowed.");
        const head = `POST ${CHAT} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json`;
        const part = `${(2_000).toString(16)}\r\n${" ".repeat(2_000)}\r\n`;
        expect(await raw(`${head}\r\ntransfer-encoding: chunked\r\n\r\n${part.repeat(30)}0\r\n\r\n`)).toMatch(
          /^HTTP\/1\.1 413 /,
        );
      },
      { limits },
    );
  });

  test("a body that does not come to its end: 408", async () => {
    await withChatServer(hello(), async ({ raw, clock }) => {
      const head = `POST ${CHAT} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json`;
      const answer = raw(`${head}\r\ncontent-length: 10\r\n\r\n{`);
      while (clock.alarms === 0) await settled();
      await clock.advance(30_000);
      while (clock.alarms === 0) await settled(); // a moment for the rest of the body
      await clock.advance(1_000);
      expect(await answer).toMatch(/^HTTP\/1\.1 408 [\s\S]*"The body was not complete within 30 s\."/);
    });
  });

  test("what the model cannot answer: 400; what it fails at: 500, whose reason stays here", async () => {
    const secret = new Error("weights are broken at /home/x");
    const tooLong = scriptedModel(
      ({ maxTokens }) => {
        roomFor({ contextLength: 100 }, 95, maxTokens);
        return [];
      },
      { name: "full" },
    );
    const failing = scriptedModel(() => {
      throw secret;
    });
    const silent = { ...scriptedModel([]), name: "silent", async *complete() {} };
    await withChatServer([failing, tooLong, silent], async ({ send, errors }) => {
      const { status, json } = await send(CHAT, { ...ASKED, model: "full", max_tokens: 6, stream: true });
      expect([status, json.error.code]).toEqual([400, "context_length_exceeded"]);
      expect(json.error.message).toBe(
        "This model's maximum context length is 100 tokens; the prompt has 95 and max_tokens 6. Shorten the prompt or ask for fewer tokens.",
      );
      for (const stream of [false, true]) {
        const failed = await send(CHAT, { ...ASKED, stream });
        expect(failed.status).toBe(500);
        expect(failed.json.error.message).toMatch(
          /^The request r\d failed here\. The server's log says why\.$/,
        );
      }
      expect((await send(CHAT, { ...ASKED, model: "silent" })).status).toBe(500);
      expect(errors).toEqual([secret, secret, new Error("The model ended without a finish reason.")]);
    });
  });

  test("what the model fails at within a stream is said in the stream, which has no end then", async () => {
    const broken = async () => {
      throw new Error("broken");
    };
    await withChatServer(scriptedModel(["Hel", broken]), async ({ send, errors }) => {
      const { status, text } = await send(CHAT, { ...ASKED, stream: true });
      expect(status).toBe(200);
      const all = events(text);
      expect(all).toHaveLength(3);
      expect(all[2]).toMatchObject({
        error: { type: "server_error", message: /The request r1 failed here/ },
      });
      expect(errors).toEqual([new Error("broken")]);
    });
  });
});
