import type { ModelPiece, TokenLogprob } from "./chatModel";

export interface StopMatcher {
  /** @returns the text that no stop string can begin in any more */
  push(text: string): string;
  /** At the end of the text: what was held back, since it might have become a stop string. */
  flush(): string;
  /** The stop string that ended the text. What is pushed after it is dropped. */
  readonly stopped: string | undefined;
}

/**
 * Finds the first stop string in text that comes in parts, however it is cut: the one that is complete first; of two that end at the same place, the longer.
 * @throws RangeError for an empty stop string
 */
export function createStopMatcher(stops: readonly string[]): StopMatcher {
  if (stops.includes("")) throw new RangeError("A stop string must not be empty: it would stop everywhere.");
  let held = "";
  let stopped: string | undefined;
  return {
    get stopped() {
      return stopped;
    },
    push(text) {
      if (stopped !== undefined) return "";
      const all = held + text;
      let end = Number.POSITIVE_INFINITY;
      for (const stop of stops) {
        const at = all.indexOf(stop);
        if (at < 0) continue;
        const itsEnd = at + stop.length;
        if (itsEnd < end || (itsEnd === end && stop.length > stopped!.length)) {
          stopped = stop;
          end = itsEnd;
        }
      }
      const safe = stopped === undefined ? all.length - mayBegin(all, stops) : end - stopped.length;
      held = stopped === undefined ? all.slice(safe) : "";
      return all.slice(0, safe);
    },
    flush() {
      const rest = held;
      held = "";
      return rest;
    },
  };
}

/** How many characters at the end of the text a stop string may begin with. */
function mayBegin(text: string, stops: readonly string[]): number {
  let most = 0;
  for (const stop of stops)
    for (let length = Math.min(stop.length - 1, text.length); length > most; length--)
      if (text.endsWith(stop.slice(0, length))) most = length;
  return most;
}

/** A piece of text up to a stop string. */
export interface CutPiece extends ModelPiece {
  /** Of the last piece, where a stop string ended the text, which does not contain it. */
  readonly stopString?: string;
}

/** Log-probabilities of a piece whose text may not have been handed on yet. */
interface Pending {
  readonly start: number;
  readonly end: number;
  readonly logprobs: readonly TokenLogprob[];
}

/**
 * The pieces of a model up to the first stop string, where the model is told to end. The last piece has a finish reason in any case; log-probabilities come
 * with the text of their piece, or later, never sooner, and those of pieces that begin after the cut are dropped.
 * @throws Error where the model ends without saying why
 */
export async function* cutAtStops(
  pieces: AsyncIterable<ModelPiece>,
  stops: readonly string[],
): AsyncGenerator<CutPiece, void> {
  const matcher = createStopMatcher(stops);
  let pending: Pending[] = [];
  let received = 0; // characters
  let released = 0;
  /** @param all whether the text has ended, at `released` */
  const release = (text: string, all: boolean): { text: string; logprobs?: TokenLogprob[] } => {
    released += text.length;
    const isReady = ({ start, end }: Pending) => end <= released || (all && start < released);
    const logprobs = pending.filter(isReady).flatMap(({ logprobs }) => logprobs);
    pending = pending.filter((piece) => !isReady(piece));
    return logprobs.length > 0 ? { text, logprobs } : { text };
  };
  for await (const { text, logprobs, usage, finishReason } of pieces) {
    if (logprobs) pending.push({ start: received, end: received + text.length, logprobs });
    received += text.length;
    const safe = matcher.push(text);
    const stopString = matcher.stopped;
    if (stopString !== undefined) {
      yield { ...release(safe, true), usage, finishReason: "stop", stopString };
      return;
    }
    if (finishReason) {
      yield { ...release(safe + matcher.flush(), true), usage, finishReason };
      return;
    }
    yield { ...release(safe, false), usage };
  }
  throw new Error("The model ended without a finish reason.");
}
