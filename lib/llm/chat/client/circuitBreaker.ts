import type { Clock } from "../clock";
import { ChatError } from "./error";

export interface BreakerOptions {
  /** Failures in a row after which the server is left alone. */
  readonly failures: number;
  /** For how long, in milliseconds. Then one request tries it; the others go on when that one has succeeded. */
  readonly rest: number;
}

/** @see OlymMATH spec, section 3b: 10 failures in a row; how long to rest is our choice */
export const DEFAULT_BREAKER: BreakerOptions = { failures: 10, rest: 60_000 };

export interface CircuitBreaker {
  /**
   * Asks whether a request may be sent.
   * @returns where to report how it ended: the server answered (whatever it said), failed, or was not asked after all
   * @throws ChatError "circuitOpen", with the time to wait
   */
  enter(): (outcome: "answered" | "failed" | "unknown") => void;
}

/** Spares a server that fails again and again, and those who wait for it: requests then fail at once. */
export function createCircuitBreaker({ failures, rest }: BreakerOptions, clock: Clock): CircuitBreaker {
  let failed = 0; // in a row
  let openUntil = 0;
  let trying = false;
  return {
    enter() {
      const isTrial = failed >= failures;
      const wait = trying ? rest : openUntil - clock.now();
      if (isTrial && wait > 0)
        throw new ChatError(
          "circuitOpen",
          `The server failed ${failed} times in a row and is left alone for ${Math.ceil(wait / 1000)} s. See whether it runs, and whether its address is right.`,
          { retryAfter: wait },
        );
      trying = isTrial;
      return (outcome) => {
        if (isTrial) trying = false;
        if (outcome === "unknown") return;
        failed = outcome === "answered" ? 0 : failed + 1;
        if (failed >= failures) openUntil = clock.now() + rest;
      };
    },
  };
}
