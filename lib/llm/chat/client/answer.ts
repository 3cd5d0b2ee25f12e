import { readEvents } from "../serverSentEvents";
import { readRetryAfter } from "./backoff";
import { ChatError, kindOfStatus, readErrorBody } from "./error";
import type { Exchange } from "./exchange";
import type { Delta, ReplyBuilder } from "./reply";

/** Bytes of an answer that is not streamed. */
const LONGEST_ANSWER = 64 * 1024 * 1024;
/** Bytes of an error's body that are worth reading, and characters that are worth showing. */
const LONGEST_ERROR = 64 * 1024;
const SHOWN = 300;

/** The parts of a completion as they come, from a stream or from one JSON body: a server that cannot stream answers so. @throws ChatError */
export async function* readAnswer(
  { headers, body }: Exchange,
  streamed: boolean,
  builder: ReplyBuilder,
): AsyncGenerator<Delta, void> {
  const type = headers["content-type"]?.split(";")[0].trim().toLowerCase();
  if (type === "text/event-stream" || (type === undefined && streamed)) {
    yield* readStream(body, builder);
    return;
  }
  const text = await readText(body, LONGEST_ANSWER, "refuse");
  if (type !== undefined && type !== "application/json")
    throw new ChatError("protocol", `The server answered with ${type}, not JSON: ${shown(text)}`);
  yield addTo(builder, text);
  if (!builder.finished)
    throw new ChatError("protocol", `The answer has no completion that ended: ${shown(text)}`);
}

async function* readStream(
  body: AsyncIterable<Uint8Array>,
  builder: ReplyBuilder,
): AsyncGenerator<Delta, void> {
  const events = readEvents(body);
  for (;;) {
    const { done, value: event } = await events.next().catch((error) => {
      throw error instanceof RangeError ? new ChatError("protocol", error.message) : error;
    });
    if (done || event.data === "[DONE]") {
      if (builder.finished) return;
      // Half a completion is none: it would be taken for the model's last word.
      if (done) throw new ChatError("connection", "The stream broke off before the completion ended.");
      throw new ChatError("protocol", "The stream ended without a finish reason.");
    }
    const delta = addTo(builder, event.data);
    if (delta.text !== "" || delta.reasoning !== "" || delta.logprobs?.length) yield delta;
  }
}

function addTo(builder: ReplyBuilder, text: string): Delta {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ChatError("protocol", `The server sent what is not JSON: ${shown(text)}`);
  }
  if (typeof value === "object" && value !== null && "error" in value && value.error) {
    const { message, code } = readErrorBody(value);
    const unnamed = code === "context_length_exceeded" ? 400 : 500;
    const status = /^[45]\d\d$/.test(code ?? "") ? Number(code) : unnamed;
    const kind = kindOfStatus(status, { message, code });
    throw new ChatError(kind, `The server reported an error: ${message ?? shown(text)}`, { code });
  }
  try {
    return builder.add(value);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ChatError("protocol", `The server sent no chat completion (${why}): ${shown(text)}`, { cause });
  }
}

/** The error that an answer stands for whose status is not 200. */
export async function readError({ status, headers, body }: Exchange, now: number): Promise<ChatError> {
  const text = await readText(body, LONGEST_ERROR, "cut");
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    parsed = { message: shown(text) }; // a proxy's page
  }
  const said = readErrorBody(parsed);
  const where = status >= 300 && status < 400 ? `It points to ${headers.location}: use that address.` : "";
  return new ChatError(
    kindOfStatus(status, said),
    `The server answered ${status}: ${said.message || where || shown(text)}`,
    {
      status,
      code: said.code,
      retryAfter: readRetryAfter(headers, now),
      requestId: String(headers["x-request-id"] ?? "") || undefined,
    },
  );
}

/** The body as text; one that is longer than `longest` bytes is cut there, or refused. */
export async function readText(
  body: AsyncIterable<Uint8Array>,
  longest: number,
  whatIsLonger: "cut" | "refuse",
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes <= longest) continue;
    if (whatIsLonger === "cut") break;
    throw new ChatError("protocol", `The answer is longer than ${longest} bytes.`);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function shown(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)} ...` : text || "(nothing)";
}
