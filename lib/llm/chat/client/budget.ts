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

/** The most that so many tokens can cost, of whatever kind they turn out to be. */
export function mostCostOf({ promptTokens, completionTokens }: Usage, prices: Prices): number {
  const { input, cachedInput = input, output, reasoning = output } = prices;
  return (promptTokens * Math.max(input, cachedInput) + completionTokens * Math.max(output, reasoning)) / 1e6;
}

/** A hard stop: no request begins that could pass a limit, whatever runs beside it. */
export function createBudget(limits: BudgetLimits, prices?: Prices): Budget {
  if (limits.cost !== undefined && prices === undefined)
    throw new RangeError("A limit of cost needs prices: give prices, or limit tokens.");
  const reserved = new Set<Spending>();
  let spent: Spending = { requests: 0, promptTokens: 0, completionTokens: 0, cost: 0 };
  let waiting: (() => void)[] = [];

  const ofOne = ({ promptTokens, completionTokens }: Usage, cost: number): Spending => ({
    requests: 1,
    promptTokens,
    completionTokens,
    cost,
  });
  const add = (a: Spending, b: Spending): Spending => ({
    requests: a.requests + b.requests,
    promptTokens: a.promptTokens + b.promptTokens,
    completionTokens: a.completionTokens + b.completionTokens,
    cost: a.cost + b.cost,
  });

  /** What stops this much, in words. */
  function passed(sum: Spending): string | undefined {
    const amounts = { ...sum, tokens: sum.promptTokens + sum.completionTokens };
    for (const name of ["requests", "tokens", "cost"] as const) {
      const limit = limits[name];
      if (limit !== undefined && amounts[name] > limit)
        return `${name} would come to ${Number(amounts[name].toPrecision(6))}, the limit is ${limit}`;
    }
    return undefined;
  }

  function reserveNow(entry: Spending): Reservation {
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
        spent = add(spent, ofOne(used, prices ? costOf(used, prices) : 0));
        cancel();
      },
    };
  }

  return {
    spent: () => spent,
    async reserve(usage, signal) {
      const most = ofOne(usage, prices ? mostCostOf(usage, prices) : 0);
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
