/** How many may work at a time, and how many may wait for their turn. */
export interface TurnLimits {
  readonly running: number;
  /** Default: any number. */
  readonly queued?: number;
}

/** A semaphore that is fair: whoever came first goes first. */
export interface Turns {
  readonly running: number;
  readonly queued: number;
  /** No more may wait. */
  readonly full: boolean;
  /**
   * Waits for a turn.
   * @returns what ends the turn; to call it again does nothing
   * @throws the signal's reason, where it aborts while this one waits
   */
  take(signal?: AbortSignal): Promise<() => void>;
}

export function createTurns({ running: most, queued = Number.POSITIVE_INFINITY }: TurnLimits): Turns {
  if (!(most >= 1)) throw new RangeError(`At least 1 must be allowed to run at a time; got ${most}.`);
  const waiting: (() => void)[] = [];
  let running = 0;

  function begin(): () => void {
    running++;
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      running--;
      waiting.shift()?.();
    };
  }

  return {
    get running() {
      return running;
    },
    get queued() {
      return waiting.length;
    },
    get full() {
      return running >= most && waiting.length >= queued;
    },
    async take(signal) {
      signal?.throwIfAborted();
      if (running < most) return begin();
      return new Promise((resolve, reject) => {
        const leave = () => {
          waiting.splice(waiting.indexOf(start), 1);
          reject(signal?.reason);
        };
        const start = () => {
          signal?.removeEventListener("abort", leave);
          resolve(begin());
        };
        waiting.push(start);
        signal?.addEventListener("abort", leave, { once: true });
      });
    },
  };
}
