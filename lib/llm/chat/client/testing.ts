import { expect } from "vitest";
import {
  type Answer,
  chunk,
  createTestClock,
  DONE,
  type FaultServer,
  settled,
  status,
  stream,
  type TestClock,
  withFaultServer,
} from "../testing";
import { type AttemptRecord, type ChatClient, type ChatClientOptions, createChatClient } from "./client";
import { ChatError } from "./error";
import type { Delta } from "./reply";

export interface Scene extends FaultServer {
  readonly client: ChatClient;
  readonly clock: TestClock;
  readonly records: readonly AttemptRecord[];
}

/** A client beside a server that answers so; whoever waits between attempts is woken at once. */
export async function scene(
  answers: readonly Answer[],
  act: (scene: Scene) => Promise<void>,
  { skip = true, ...options }: Partial<ChatClientOptions> & { readonly skip?: boolean } = {},
): Promise<void> {
  await withFaultServer(answers, async (server) => {
    const clock = createTestClock({ skip });
    const records: AttemptRecord[] = [];
    const client = createChatClient({
      baseUrl: server.url,
      model: "m",
      clock,
      random: () => 0,
      onAttempt: (record) => records.push(record),
      ...options,
    });
    try {
      await act({ ...server, client, clock, records });
      await settled();
      expect(clock.alarms).toBe(0); // every time-out was called off
    } finally {
      client.close();
    }
  });
}

export const ASKED = { messages: [{ role: "user", content: "Hello?" }] } as const;
export const USAGE = { prompt_tokens: 5, completion_tokens: 2 };
const usageChunk = `data: ${JSON.stringify({ choices: [], usage: USAGE })}\n\n`;
export const good = stream(chunk("Hel"), chunk("lo"), chunk("", "stop"), usageChunk, DONE);
export const plain = status(200, {
  id: "chatcmpl-2",
  model: "m-1",
  choices: [{ index: 0, message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }],
  usage: USAGE,
});

/** The error of a promise that must fail. */
export async function failure(promise: Promise<unknown>): Promise<ChatError> {
  const error = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(ChatError);
  return error as ChatError;
}

export async function collect(parts: AsyncGenerator<Delta, unknown>): Promise<string[]> {
  const texts: string[] = [];
  for await (const { text } of parts) texts.push(text);
  return texts;
}
