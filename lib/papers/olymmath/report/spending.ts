import { costOf, type Prices, type Usage } from "../../../llm/chat";
import type { SetName } from "../problems/problem";
import { addUsage, NO_USAGE } from "../sampling/usage";
import type { GradedSet, SetSpending } from "./results";

/** Tokens of one kind, each counted in one kind only. */
export interface SpendingLine {
  readonly kind: "input" | "cached input" | "output" | "reasoning";
  readonly tokens: number;
  /** Of a million; absent without prices, as is the cost. */
  readonly price?: number;
  readonly cost?: number;
}

/** What the samples have used. */
export interface SpendingReport {
  readonly sets: readonly (SetSpending & { readonly set: SetName })[];
  /** Of all sets, lost attempts included. */
  readonly lines: readonly SpendingLine[];
  /** Σ of the lines, in the currency of the prices; absent without prices. */
  readonly cost?: number;
  /** Σ of what the log has booked. */
  readonly booked: number;
}

const ONE_MILLION = 1_000_000;

/** Tokens and cost by the price table: cost = Σ tokens · price / 10⁶. */
export function spendingReport(sets: readonly GradedSet[], prices?: Prices): SpendingReport {
  const total = sets.reduce<Usage>(
    (sum, { spending: { used, lost } }) => addUsage(addUsage(sum, used), lost),
    NO_USAGE,
  );
  const { promptTokens, completionTokens, cachedTokens = 0, reasoningTokens = 0 } = total;
  const priced = (kind: SpendingLine["kind"], tokens: number, price: number | undefined): SpendingLine => ({
    ...{ kind, tokens },
    ...(price === undefined ? {} : { price, cost: (tokens * price) / ONE_MILLION }),
  });
  return {
    sets: sets.map(({ set: { name }, spending }) => ({ set: name, ...spending })),
    lines: [
      priced("input", promptTokens - cachedTokens, prices?.input),
      priced("cached input", cachedTokens, prices?.cachedInput ?? prices?.input),
      priced("output", completionTokens - reasoningTokens, prices?.output),
      priced("reasoning", reasoningTokens, prices?.reasoning ?? prices?.output),
    ],
    ...(prices === undefined ? {} : { cost: costOf(total, prices) }),
    booked: sets.reduce((sum, { spending }) => sum + spending.cost, 0),
  };
}
