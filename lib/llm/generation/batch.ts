import { setImmediate as eventLoop } from "node:timers/promises";
import type { tf } from "../../tensor";
import { roomFor, type TokenLogprob } from "../chat/chatModel";
import { createStopMatcher, type StopMatcher } from "../chat/stopStrings";
import { scoped } from "../model/scope";
import { type Engine, rowsOf } from "./engine";
import { checkSampling, type SamplingOptions } from "./sampling";
import { tokenLogprob, type Writing, writing } from "./writing";

export interface BatchPrompt {
  readonly tokens: readonly number[];
  /** Sample k of the prompt has seed + k: what is drawn does not depend on what stands beside it. Default 0. */
  readonly seed?: number;
}

export interface BatchOptions extends SamplingOptions {
  /** Default: as many as the context holds, which is the most in any case. */
  readonly maxTokens?: number;
  /** Completions of each prompt, which is read once. Default 1. */
  readonly samples?: number;
  /** Strings that end a text. */
  readonly stop?: readonly string[];
  /** How many alternatives to report with each token; left out: no log-probabilities. */
  readonly logprobs?: number;
  /** Ends it all, between two steps. */
  readonly signal?: AbortSignal;
  /** Is told after each step how many texts are finished. */
  readonly onStep?: (finished: number, total: number) => void;
}

export interface Completion {
  /** Without the stop string. */
  readonly text: string;
  /** All that were drawn: with the one that ended the text, or those of the stop string. */
  readonly tokens: readonly number[];
  /** "stop": the model's own end, or a stop string; "length": no room for more. */
  readonly finishReason: "stop" | "length";
  readonly stopString?: string;
  /** One a token, but for the model's own end. */
  readonly logprobs?: readonly TokenLogprob[];
}

/** A text that is being written, and how far it is. */
interface Job {
  readonly writing: Writing;
  readonly matcher: StopMatcher;
  readonly logprobs: TokenLogprob[];
  text: string;
  finish?: "stop" | "length";
}

/**
 * Completes prompts, all of them side by side: their first tokens are drawn together, then their second ones. When half of the texts are finished they are left
 * out.
 * @returns of each prompt its samples
 * @throws RangeError for an option out of its range, ModelInputError for a prompt that leaves no room; the signal's reason
 */
export async function generateBatch(
  engine: Engine,
  prompts: readonly BatchPrompt[],
  options: BatchOptions = {},
): Promise<Completion[][]> {
  checkSampling(options);
  const { samples = 1, signal, onStep } = options;
  const jobs = prompts.flatMap((prompt) => jobsOf(engine, prompt, samples, options));
  let alive = jobs;
  let rows: number[] | undefined =
    samples === 1 ? undefined : jobs.map((_, index) => Math.floor(index / samples));
  let { logits, state } = engine.prefill(prompts.map(({ tokens }) => tokens));
  try {
    for (;;) {
      signal?.throwIfAborted();
      const tokens = scoped(() =>
        drawn(engine, rows === undefined ? logits : rowsOf(logits, rows), alive, options),
      );
      onStep?.(jobs.filter(({ finish }) => finish !== undefined).length, jobs.length);

      const kept = alive.flatMap(({ finish }, row) => (finish === undefined ? [row] : []));
      if (kept.length === 0) return grouped(jobs.map(completionOf(options)), samples);
      const before = { logits, state };
      const isFull = state.lengths.some((length) => length >= engine.contextLength); // of a text that is finished
      if (rows !== undefined || isFull || 2 * kept.length <= alive.length) {
        const filled = filledUp(kept, alive.length);
        const chosen: number[] = filled.map((row) => rows?.[row] ?? row);
        const finished = jobs.find(({ finish }) => finish !== undefined)!;
        alive = filled.map((row, place) => (place < kept.length ? alive[row] : finished));
        ({ logits, state } = engine.stepRows(
          state,
          chosen,
          filled.map((row) => tokens[row]),
        ));
        rows = undefined;
      } else {
        ({ logits, state } = engine.step(state, tokens));
      }
      before.state.dispose();
      before.logits.dispose();
      await eventLoop();
    }
  } finally {
    state.dispose();
    logits.dispose();
  }
}

/**
 * The rows that are left, up to a power of two of them: what comes behind is one of them again, for nobody. So programs are compiled for few sizes, and not for
 * every number of texts that may be left.
 * @param most  rows there are
 */
function filledUp(kept: readonly number[], most: number): readonly number[] {
  const size = Math.min(most, 2 ** Math.ceil(Math.log2(kept.length)));
  return [...kept, ...Array<number>(size - kept.length).fill(kept[0])];
}

function jobsOf(
  engine: Engine,
  { tokens, seed = 0 }: BatchPrompt,
  samples: number,
  { maxTokens = Number.POSITIVE_INFINITY, stop = [], repetitionPenalty = 1 }: BatchOptions,
): Job[] {
  const room = Math.min(maxTokens, roomFor(engine, tokens.length, undefined));
  return Array.from({ length: samples }, (_, sample) => ({
    writing: writing(engine.tokenizer, tokens, {
      seed: seed + sample,
      maxTokens: room,
      countsSeen: repetitionPenalty !== 1,
    }),
    matcher: createStopMatcher(stop),
    logprobs: [],
    text: "",
  }));
}

/** Draws a token of each row, and writes it to the texts that are not finished. */
function drawn(engine: Engine, logits: tf.Tensor2D, jobs: readonly Job[], options: BatchOptions): number[] {
  const { sampler, tokenizer } = engine;
  const draws = jobs.map((job) => job.writing.draw);
  const tokens = sampler.draw(logits, options, draws);
  const reports =
    options.logprobs === undefined ? [] : sampler.logProbabilities(logits, tokens, options.logprobs);
  for (const [row, job] of jobs.entries()) {
    const token = tokens[row];
    if (job.finish !== undefined) continue;
    push(job, token);
    const report = reports[row];
    if (report !== undefined && !tokenizer.stops.has(token))
      job.logprobs.push(tokenLogprob(tokenizer, token, report));
  }
  return tokens;
}

function push(job: Job, token: number): void {
  const { text, finish } = job.writing.push(token);
  job.text += job.matcher.push(text);
  if (job.matcher.stopped !== undefined) job.finish = "stop";
  else if (finish !== undefined) {
    job.text += job.matcher.flush();
    job.finish = finish;
  }
}

function completionOf({ logprobs }: BatchOptions): (job: Job) => Completion {
  return ({ text, writing: { tokens }, finish, matcher, ...job }) => ({
    text,
    tokens,
    finishReason: finish!,
    ...(matcher.stopped === undefined ? {} : { stopString: matcher.stopped }),
    ...(logprobs === undefined ? {} : { logprobs: job.logprobs }),
  });
}

function grouped<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: all.length / size }, (_, i) => all.slice(i * size, (i + 1) * size));
}
