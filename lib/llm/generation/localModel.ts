import { randomInt } from "node:crypto";
import { setImmediate as eventLoop } from "node:timers/promises";
import {
  type ChatModel,
  ModelInputError,
  type ModelPiece,
  type ModelRequest,
  roomFor,
  type Usage,
} from "../chat/chatModel";
import { createTurns } from "../chat/turns";
import { disposeCache, type KvCache } from "../model";
import { type EngineOptions, engine, type PretrainedModel } from "./engine";
import { type Lease, prefixCache } from "./prefixCache";
import { promptTokens } from "./prompt";
import { checkSampling } from "./sampling";
import { tokenLogprob, writing } from "./writing";

export interface LocalModelOptions extends EngineOptions {
  /** What requests call it. */
  readonly name: string;
  /** Most bytes for what has been read lately. Default 512 MiB. */
  readonly cacheBytes?: number;
  /** The seed of a request that has none. Default: another one each time. */
  readonly freshSeed?: () => number;
}

export interface LocalModel extends ChatModel {
  /** Frees all but the weights. No request may run. */
  dispose(): void;
}

const DEFAULT_CACHE_BYTES = 512 * 2 ** 20;
/** Common tokens from which on a prompt goes on from what was read before. */
const FEWEST_SHARED = 16;
/** Tokens of a prompt that are read at a time: between them other requests have their turn, and this one can be cancelled. */
const CHUNK = 512;

/**
 * A model in this process. Several requests take turns, in the order in which they came: each reads a part of its prompt, or writes one token, and waits for
 * the others. What a request draws depends on its own seed and logits alone. A prompt that was read before, whole, gives the very same logits again; one that
 * only begins like it goes on from there, with logits that are the same up to rounding.
 * @throws RangeError where tokenizer, model and context do not fit
 */
export function localModel(pretrained: PretrainedModel, options: LocalModelOptions): LocalModel {
  const { name, cacheBytes = DEFAULT_CACHE_BYTES, freshSeed = () => randomInt(2 ** 47) } = options;
  const made = engine(pretrained, options);
  const { tokenizer, contextLength, sampler } = made;
  const cache = prefixCache({
    maxBytes: cacheBytes,
    bytesOf: made.stateBytes,
    fewestShared: FEWEST_SHARED,
  });
  const turns = createTurns({ running: 1 });

  /** Does a piece of work when it is this request's turn; the event loop goes on in between. @throws the signal's reason */
  async function inTurn<T>(signal: AbortSignal, work: () => T): Promise<T> {
    const end = await turns.take(signal);
    try {
      await eventLoop();
      signal.throwIfAborted();
      return work();
    } finally {
      end();
    }
  }

  /** Reads a prompt, as far as it has not been read before. */
  async function read(
    tokens: readonly number[],
    signal: AbortSignal,
  ): Promise<{ lease: Lease; cachedTokens: number }> {
    const found = await inTurn(signal, () => cache.longest(tokens));
    let past: KvCache | undefined;
    let at = 0;
    try {
      if (found) {
        const { lease, shared } = found;
        if (shared === tokens.length && lease.tokens.length === shared)
          return { lease, cachedTokens: shared };
        at = Math.min(shared, tokens.length - 1); // the last one is read again, for its logits
        try {
          past = made.prefixOf(lease.state, at);
        } finally {
          lease.release();
        }
      }
      const cachedTokens = at;
      for (;;) {
        const end = Math.min(at + CHUNK, tokens.length);
        const { logits, state } = await inTurn(signal, () => made.prefill([tokens.slice(at, end)], past));
        if (past) disposeCache(past);
        past = undefined;
        if (end === tokens.length) return { lease: cache.keep({ tokens, logits, state }), cachedTokens };
        logits.dispose();
        past = made.prefixOf(state, end);
        state.dispose();
        at = end;
      }
    } catch (error) {
      if (past) disposeCache(past);
      throw error;
    }
  }

  async function* complete(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelPiece, void> {
    const tokens = promptTokens(tokenizer, request.input);
    const maxTokens = roomFor({ contextLength }, tokens.length, request.maxTokens);
    checkRequest(request);
    const seed = request.seed ?? freshSeed();
    const countsSeen = (request.repetitionPenalty ?? 1) !== 1;
    const text = writing(tokenizer, tokens, { seed, maxTokens, countsSeen });
    const { lease, cachedTokens } = await read(tokens, signal);
    const usage = (): Usage => ({
      promptTokens: tokens.length,
      completionTokens: text.tokens.length,
      cachedTokens,
    });
    /** The reading of the prompt and of all tokens but the newest. */
    let current = lease;
    /** Draws a token, after it has read the one before. */
    const next = (): ModelPiece => {
      const newest = text.tokens[text.tokens.length - 1];
      if (newest !== undefined) {
        const grown = made.step(current.state, [newest]);
        const before = current;
        current = owned([...before.tokens, newest], grown);
        before.release();
      }
      const [token] = sampler.draw(current.logits, request, [text.draw]);
      const { text: written, finish } = text.push(token);
      const piece = { text: written, usage: usage(), ...(finish ? { finishReason: finish } : {}) };
      if (request.logprobs === undefined || tokenizer.stops.has(token)) return piece;
      const [report] = sampler.logProbabilities(current.logits, [token], request.logprobs);
      return { ...piece, logprobs: [tokenLogprob(tokenizer, token, report)] };
    };
    try {
      yield { text: "", usage: usage() };
      for (;;) {
        const piece = await inTurn(signal, next);
        yield piece;
        if (piece.finishReason !== undefined) return;
      }
    } finally {
      if (current === lease) lease.release();
      else cache.keep(current).release();
    }
  }

  return {
    name,
    contextLength,
    complete,
    dispose() {
      cache.dispose();
      made.dispose();
    },
  };
}

/** A reading that nobody else knows of; released, it is freed. */
function owned(tokens: readonly number[], { logits, state }: Pick<Lease, "logits" | "state">): Lease {
  const release = () => {
    state.dispose();
    logits.dispose();
  };
  return { tokens, logits, state, release };
}

function checkRequest(request: ModelRequest): void {
  try {
    checkSampling(request);
  } catch (error) {
    throw new ModelInputError((error as Error).message, "invalid_value");
  }
}
