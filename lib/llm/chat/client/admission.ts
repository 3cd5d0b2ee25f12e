import type { Usage } from "../chatModel";
import type { Clock } from "../clock";
import { createTurns } from "../turns";
import { type BudgetLimits, createBudget, type Prices, type Spending } from "./budget";
import { type BreakerOptions, createCircuitBreaker } from "./circuitBreaker";
import { createRateBucket } from "./rateBucket";

export interface AdmissionOptions {
  /** Requests at a time. Default 8. */
  readonly concurrency?: number;
  readonly requestsPerMinute?: number;
  /** Of prompts and completions together. */
  readonly tokensPerMinute?: number;
  readonly budget?: BudgetLimits;
  readonly prices?: Prices;
}

/** Leave to send one request. */
export interface Admission {
  /** Reports how it ended and what it used, and lets the next one go. */
  end(outcome: "answered" | "failed" | "unknown", used: Usage): void;
}

/** Everything that an attempt must pass before it is sent: the circuit breaker, the budget, a turn, the rates. */
export interface Admissions {
  /**
   * @param most what the attempt may use
   * @throws ChatError "circuitOpen" or "budget"; or the signal's reason
   */
  admit(most: Usage, signal?: AbortSignal): Promise<Admission>;
  spent(): Spending;
}

export function createAdmissions(
  { concurrency = 8, requestsPerMinute, tokensPerMinute, budget: limits = {}, prices }: AdmissionOptions,
  breakerOptions: BreakerOptions,
  clock: Clock,
): Admissions {
  const breaker = createCircuitBreaker(breakerOptions, clock);
  const budget = createBudget(limits, prices);
  const turns = createTurns({ running: concurrency });
  const requests = requestsPerMinute === undefined ? undefined : createRateBucket(requestsPerMinute, clock);
  const tokens = tokensPerMinute === undefined ? undefined : createRateBucket(tokensPerMinute, clock);
  const sum = ({ promptTokens, completionTokens }: Usage) => promptTokens + completionTokens;

  return {
    spent: budget.spent,
    async admit(most, signal) {
      const undo: (() => void)[] = [];
      try {
        const endTurn = await turns.take(signal);
        undo.push(endTurn);
        const reservation = await budget.reserve(most, signal);
        undo.push(reservation.cancel);
        const bookRequest = await requests?.take(1, signal);
        undo.push(() => bookRequest?.(0));
        const bookTokens = await tokens?.take(sum(most), signal);
        undo.push(() => bookTokens?.(0));
        // Last: it may have opened while this one waited, and a trial must not wait in a queue.
        const report = breaker.enter();
        return {
          end(outcome, used) {
            report(outcome);
            bookTokens?.(sum(used));
            reservation.settle(used);
            endTurn();
          },
        };
      } catch (error) {
        for (const step of undo.reverse()) step();
        throw error;
      }
    },
  };
}
