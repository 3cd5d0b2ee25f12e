import type { ServerResponse } from "node:http";
import type { ChatModel, TokenLogprob, Usage } from "../chatModel";
import type { Clock } from "../clock";
import { formatEvent } from "../serverSentEvents";
import { cutAtStops } from "../stopStrings";
import { type ChoiceText, type Dialect, wireUsage } from "./dialect";
import { ClientGone, errorBody, type HttpError } from "./error";
import type { CompletionTask } from "./requests";

export interface AnswerOptions {
  readonly model: ChatModel;
  readonly task: CompletionTask;
  readonly dialect: Dialect;
  /** Its name without the prefix. */
  readonly id: string;
  readonly clock: Clock;
  /** Milliseconds that a client may take to read what has been written. */
  readonly writeTime: number;
  readonly signal: AbortSignal;
  /** What an error of the model is to the client. */
  readonly explain: (error: unknown) => HttpError;
}

type Part = ChoiceText & { readonly usage: Usage };

/** Completes a task and writes the answer. @throws what the model throws, as long as nothing has been written */
export async function answer(response: ServerResponse, options: AnswerOptions): Promise<void> {
  if (options.task.stream) await writeStream(response, options);
  else await writeWhole(response, options);
}

/**
 * The parts of all choices, one choice after the other: a model writes one text at a time. Choice k has the seed s + k, so that the choices differ; `usage`
 * is that of all choices so far, where a prompt counts once.
 */
async function* parts({ model, task, signal }: AnswerOptions): AsyncGenerator<Part, void> {
  const { inputs, n, stream, includeUsage, model: name, ...sampling } = task;
  let before: Usage = { promptTokens: 0, completionTokens: 0 };
  for (let index = 0; index < inputs.length * n; index++) {
    const seed = sampling.seed === undefined ? undefined : sampling.seed + index;
    const pieces = model.complete({ ...sampling, seed, input: inputs[Math.floor(index / n)] }, signal);
    let offset = 0;
    let usage = before;
    for await (const { text, logprobs, finishReason, stopString = null, ...piece } of cutAtStops(
      pieces,
      task.stop,
    )) {
      signal.throwIfAborted(); // a model that has not noticed yet
      usage = index % n === 0 ? sum(before, piece.usage) : sum(before, { ...piece.usage, promptTokens: 0 });
      const finish = finishReason && { reason: finishReason, stopString };
      yield { index, text, offset, usage, logprobs, finish };
      for (const { token } of logprobs ?? []) offset += token.length;
    }
    before = usage;
  }
}

function sum(a: Usage, b: Usage): Usage {
  const both = (x?: number, y?: number) =>
    x === undefined && y === undefined ? undefined : (x ?? 0) + (y ?? 0);
  return {
    promptTokens: a.promptTokens + b.promptTokens,
    completionTokens: a.completionTokens + b.completionTokens,
    cachedTokens: both(a.cachedTokens, b.cachedTokens),
    reasoningTokens: both(a.reasoningTokens, b.reasoningTokens),
  };
}

/** The fields that an answer and its chunks share. */
function head({ dialect, id, clock, model }: AnswerOptions, object: string): object {
  const created = Math.floor(clock.now() / 1000);
  return { id: `${dialect.prefix}${id}`, object, created, model: model.name };
}

async function writeWhole(response: ServerResponse, options: AnswerOptions): Promise<void> {
  const { dialect, task } = options;
  const texts: string[] = [];
  const tokens: TokenLogprob[][] = [];
  const choices: object[] = [];
  let usage: Usage | undefined;
  for await (const part of parts(options)) {
    const { index, text, logprobs = [], finish } = part;
    usage = part.usage;
    texts[index] = (texts[index] ?? "") + text;
    tokens[index] ??= [];
    tokens[index].push(...logprobs);
    if (!finish) continue;
    const asked = task.logprobs === undefined ? {} : { logprobs: tokens[index] };
    choices.push(dialect.choice({ index, text: texts[index], offset: 0, finish, ...asked }));
  }
  const body = JSON.stringify({
    ...head(options, dialect.object),
    choices,
    usage: usage && wireUsage(usage),
  });
  response.writeHead(200, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
  });
  response.end(body);
}

async function writeStream(response: ServerResponse, options: AnswerOptions): Promise<void> {
  const { dialect, task, signal, clock, writeTime, explain } = options;
  const common = head(options, dialect.chunkObject);
  const send = async (data: string) => {
    if (!response.write(formatEvent(data))) await drained(response, clock, writeTime, signal);
  };
  const sendChunk = (choices: object[], usage: object | null = null) =>
    send(JSON.stringify({ ...common, choices, ...(task.includeUsage ? { usage } : {}) }));

  const all = parts(options);
  try {
    let { done, value: part } = await all.next(); // before the head: what fails until here has a status
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
    let usage: Usage | undefined;
    let opened = -1;
    try {
      for (; !done && part; { done, value: part } = await all.next()) {
        usage = part.usage;
        if (dialect.opening && part.index > opened) await sendChunk([dialect.opening(part.index)]);
        opened = part.index;
        if (part.text !== "" || part.finish || part.logprobs?.length) await sendChunk([dialect.chunk(part)]);
      }
      if (task.includeUsage && usage) await sendChunk([], wireUsage(usage));
      await send("[DONE]");
    } catch (error) {
      // The status is sent: all that is left is to say it in the stream, and to leave out its end.
      response.write(formatEvent(errorBody(explain(error))));
    }
    response.end();
  } finally {
    await all.return();
  }
}

/** Waits until the client has read what was written. @throws the signal's reason; ClientGone where it takes too long */
function drained(
  response: ServerResponse,
  clock: Clock,
  writeTime: number,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason); // a response that is closed takes nothing, and never says that it would again
      return;
    }
    const end = (error?: unknown) => {
      cancel();
      signal.removeEventListener("abort", abort);
      response.off("drain", drain);
      if (error) reject(error);
      else resolve();
    };
    const abort = () => end(signal.reason);
    const drain = () => end();
    const cancel = clock.alarm(writeTime, () => {
      response.destroy();
      end(new ClientGone(`The client has not read for ${writeTime / 1000} s.`));
    });
    signal.addEventListener("abort", abort, { once: true });
    response.once("drain", drain);
  });
}
