import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { gate, scriptedModel } from "../testing";
import { ASKED, CHAT, events, type ServerScene, until, waiting, withChatServer } from "./testing";

describe("turns", () => {
  test("one at a time, so many in the queue, and the others are sent away", async () => {
    const { model, gates } = waiting();
    await withChatServer(
      model,
      async ({ send }) => {
        const first = send(CHAT, ASKED);
        await until(() => gates.length === 1);
        const second = send(CHAT, ASKED);
        const health = async () => (await send("/health")).json;
        while ((await health()).queued === 0);
        expect(await health()).toEqual({ status: "ok", running: 1, queued: 1 });
        const { status, headers, json } = await send(CHAT, ASKED);
        expect([status, headers.get("retry-after"), json.error.code]).toEqual([429, "1", "queue_full"]);
        expect(model.requests).toHaveLength(1);
        gates[0]();
        expect((await first).json.choices[0].message.content).toBe("Hello");
        await until(() => gates.length === 2);
        gates[1]();
        expect((await second).status).toBe(200);
      },
      { limits: { queued: 1 } },
    );
  });

  test("a client that goes away cancels its work, running or waiting, and the next one's turn comes", async () => {
    for (const stream of [false, true]) {
      const { model, gates } = waiting();
      await withChatServer(model, async ({ send, errors }) => {
        const aborts = [new AbortController(), new AbortController()];
        const lost = aborts.map(({ signal }) =>
          send(CHAT, { ...ASKED, stream }, { signal }).catch((error) => error.name),
        );
        await until(() => gates.length === 1);
        while ((await send("/health")).json.queued === 0);
        const third = send(CHAT, ASKED);
        while ((await send("/health")).json.queued === 1);
        aborts[1].abort();
        while ((await send("/health")).json.queued === 2);
        aborts[0].abort();
        expect(await Promise.all(lost)).toEqual(["AbortError", "AbortError"]);
        await until(() => gates.length === 2);
        expect(model.signals[0].aborted).toBe(true);
        gates[1]();
        expect((await third).status).toBe(200);
        expect(model.requests).toHaveLength(2); // the second never began
        expect(errors).toEqual([]);
      });
    }
  });

  test("a client that does not read is cut off", async () => {
    const endless = scriptedModel(Array(1_000).fill("x".repeat(100_000)));
    await withChatServer(endless, async ({ url, clock, errors, send }) => {
      const socket = connect(Number(new URL(url).port), "127.0.0.1");
      const closed = gate();
      socket.on("close", () => closed.open());
      socket.pause();
      const body = JSON.stringify({ ...ASKED, stream: true });
      socket.write(
        `POST ${CHAT} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      );
      while ((await send("/health")).json.running === 0);
      await until(() => clock.alarms === 1); // what fits into the system's buffers is written
      await clock.advance(60_000);
      while ((await send("/health")).json.running === 1);
      socket.resume();
      await closed.promise;
      expect(errors).toEqual([]);
    });
  });
});

describe("closing", () => {
  /** One request that runs and one that waits. */
  async function busy(
    act: (scene: ServerScene, gates: (() => void)[], all: Promise<unknown>[]) => Promise<void>,
  ) {
    const { model, gates } = waiting();
    await withChatServer(model, async (scene) => {
      const running = scene.send(CHAT, { ...ASKED, stream: true });
      await until(() => gates.length === 1);
      const queued = scene.send(CHAT, ASKED);
      while ((await scene.send("/health")).json.queued === 0);
      await act(scene, gates, [running, queued]);
    });
  }

  test("lets what runs finish, and sends away what waits", async () => {
    await busy(async ({ close, send, clock }, gates, [running, queued]) => {
      const closed = close();
      expect(close()).toBe(closed);
      expect(await queued).toMatchObject({ status: 503, json: { error: { code: "closing" } } });
      await expect(send(CHAT, ASKED)).rejects.toThrow("fetch failed"); // nobody listens any more
      gates[0]();
      expect(await running).toMatchObject({ status: 200, text: /"lo"[\s\S]*\[DONE\]/ });
      await closed;
      expect(clock.now()).toBe(5_000);
    });
  });

  test("aborts what runs too long, which says so", async () => {
    await busy(async ({ close, clock, errors }, _, [running]) => {
      const closed = close(10_000);
      await clock.asleep();
      await clock.advance(10_000);
      const { text } = (await running) as { text: string };
      expect(events(text)[2]).toMatchObject({
        error: { message: "The server is closing.", code: "closing" },
      });
      await closed;
      expect(errors).toEqual([]);
    });
  });

  test("cuts off a model that does not hear", async () => {
    const deaf = scriptedModel(["Hel", () => new Promise<void>(() => {})]);
    await withChatServer(deaf, async ({ send, close, clock }) => {
      const lost = send(CHAT, ASKED).catch(({ message }: Error) => message);
      await until(() => deaf.requests.length === 1);
      const closed = close(0);
      await clock.asleep();
      await clock.advance(1_000);
      await closed;
      expect(await lost).toBe("fetch failed");
    });
  });

  test("answers on open connections that it closes", async () => {
    const { model, gates } = waiting();
    await withChatServer(model, async ({ url, close, send }) => {
      const running = send(CHAT, ASKED);
      await until(() => gates.length === 1);
      const socket = connect(Number(new URL(url).port), "127.0.0.1");
      let answer = "";
      socket.setEncoding("utf8").on("data", (part) => {
        answer += part;
      });
      const ended = gate();
      socket.on("close", () => ended.open());
      // Half a request, so that the connection is not idle when the server closes.
      socket.write(`POST ${CHAT} HTTP/1.1\r\nhost: localhost\r\n`);
      while ((await send("/health")).status !== 200);
      const closed = close();
      socket.write("content-type: application/json\r\ncontent-length: 2\r\n\r\n{}");
      await ended.promise;
      expect(answer).toMatch(/^HTTP\/1\.1 503 [\s\S]*retry-after: 5\r\n[\s\S]*"The server is closing\."/);
      gates[0]();
      await running;
      await closed;
    });
  });
});
