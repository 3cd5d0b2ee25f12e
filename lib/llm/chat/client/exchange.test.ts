import { Agent } from "node:http";
import { describe, expect, test } from "vitest";
import { createTestClock, settled, status, withFaultServer } from "../testing";
import { createAgent, DEFAULT_TIMEOUTS, exchange } from "./exchange";

const GET = { method: "GET", headers: {}, timeouts: DEFAULT_TIMEOUTS } as const;

describe("exchange", () => {
  test("gives up a connection that does not come about", async () => {
    const clock = createTestClock();
    const agent = new Agent({ lookup: () => {} }); // a name server that does not answer
    const url = new URL("http://host.invalid/v1");
    const failed = exchange({ ...GET, url, clock, agent }).catch((error) => error);
    while (clock.alarms < 2) await settled();
    await clock.advance(9_999);
    expect(clock.alarms).toBe(2);
    await clock.advance(1);
    expect(await failed).toMatchObject({
      kind: "timeout",
      message: "http://host.invalid: there was no connection after 10 s.",
    });
    expect(clock.alarms).toBe(0);
  });

  test("speaks TLS where the address says so", async () => {
    await withFaultServer([status(200, {})], async (server) => {
      const clock = createTestClock();
      const url = new URL(server.url.replace("http:", "https:"));
      const agent = createAgent(url);
      await expect(exchange({ ...GET, url, clock, agent })).rejects.toMatchObject({
        kind: "connection",
        cause: { code: "EPROTO" },
      });
      expect(clock.alarms).toBe(0);
    });
  });

  test("an answer that nobody reads is closed", async () => {
    await withFaultServer([(response) => void response.write("x")], async (server) => {
      const clock = createTestClock();
      const url = new URL(server.url);
      const agent = createAgent(url);
      const { status, close } = await exchange({ ...GET, url, clock, agent });
      expect([status, clock.alarms]).toEqual([200, 1]);
      close();
      expect(clock.alarms).toBe(0);
    });
  });
});
