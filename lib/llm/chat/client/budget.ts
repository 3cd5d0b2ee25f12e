import type { Usage } from "../chatModel";
import { ChatError } from "./error";

/** Prices of a million tokens, in any currency. */
export interface Prices {
  readonly input: number;
  /** Of prompt tokens that the server's cache held. Default `input`. */
  readonly cachedInput?: number;
  readonly output: number;
  /** Of tokens spent on thinking. Default `output`. */
  readonly reasoning?: number;
}

/** What may be spent in all; each is left out where there is no limit. */
export interface BudgetLimits {
  readonly requests?: number;
  /** Of prompts and completions together. */
  readonly tokens?: number;
  /** In the currency of the prices. */
  readonly cost?: number;
}

export interface Spending {
  /** Attempts that were sent, failed ones included. */
  readonly requests: number;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly cost: number;
}

/** A part of the budget that is set aside while a request runs. */
export interface Reservation {
  /** Books what was used instead. */
  settle(used: Usage): void;
  /** The request was not sent after all. */
  cancel(): void;
}

export interface Budget {
  /**
   * Sets aside what one request may use at most. Where only what others have set aside is in the way, it waits until they settle.
   * @throws ChatError "budget" where the request would pass a limit; or the signal's reason
   */
  reserve(most: Usage, signal?: AbortSignal): Promise<Reservation>;
  spent(): Spending;
}

/** cost = (fresh · input + cached · cachedInput + visible · output + thinking · reasoning) / 10⁶ */
export function costOf(
  { promptTokens, completionTokens, cachedTokens = 0, reasoningTokens = 0 }: Usage,
  { input, cachedInput = input, output, reasoning = output }: Prices,
): number {
  const prompt = (promptTokens - cachedTokens) * input + cachedTokens * cachedInput;
  return (prompt + (completionTokens - reasoningTokens) * output + reasoningTokens * reasoning) / 1e6;
}

/** A hard stop: no request begins that could pass a limit, whatever runs beside it. */
export function createBudget(limits: BudgetLimits, prices?: Prices): Budget {
  if (limits.cost !== undefined && prices === undefined)
    throw new RangeError("A limit of cost needs prices: give prices, or limit tokens.");
  const reserved = new Set<Usage>();
  let spent: Spending = { requests: 0, promptTokens: 0, completionTokens: 0, cost: 0 };
  let waiting: (() => void)[] = [];

  const add = (sum: Spending, usage: Usage): Spending => ({
    requests: sum.requests + 1,
    promptTokens: sum.promptTokens + usage.promptTokens,
    completionTokens: sum.completionTokens + usage.completionTokens,
    cost: sum.cost + (prices ? costOf(usage, prices) : 0),
  });

  /** What stops this much, in words. */
  function passed(sum: Spending): string | undefined {
    const amounts = { ...sum, tokens: sum.promptTokens + sum.completionTokens };
    for (const name of ["requests", "tokens", "cost"] as const) {
      const limit = limits[name];
      if (limit !== undefined && amounts[name] > limit)
        return `${name} would come to ${amounts[name]}, the limit is ${limit}`;
    }
    return undefined;
  }

  function reserveNow(most: Usage): Reservation {
    const entry = { ...most };
    reserved.add(entry);
    const cancel = () => {
      reserved.delete(entry);
      const woken = waiting;
      waiting = [];
      for (const wake of woken) wake();
    };
    return {
      cancel,
      settle(used) {
        spent = add(spent, used);
        cancel();
      },
    };
  }

  return {
    spent: () => spent,
    async reserve(most, signal) {
      for (;;) {
        signal?.throwIfAborted();
        const problem = passed(add(spent, most));
        if (problem) throw new ChatError("budget", `The budget is used up: ${problem}. Raise it to go on.`);
        if (passed(add([...reserved].reduce(add, spent), most)) === undefined) return reserveNow(most);
        await new Promise<void>((resolve, reject) => {
          const leave = () => reject(signal?.reason);
          signal?.addEventListener("abort", leave, { once: true });
          waiting.push(() => {
            signal?.removeEventListener("abort", leave);
            resolve();
          });
        });
      }
    },
  };
}
