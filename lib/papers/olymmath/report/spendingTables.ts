import type { Usage } from "../../../llm/chat";
import type { EvaluationReport } from "./evaluationReport";
import { type EvaluationTable, MISSING } from "./format";

/** What the samples took, and where the problems are from. */
export function spendingTables({ sets, spending }: EvaluationReport): EvaluationTable[] {
  return [
    {
      title: "Tokens by set",
      rows: spending.sets.map(({ set, answered, failed, estimated, used, lost, cost }) => ({
        ...{ set, answers: answered, failed, "counted by estimate": estimated },
        ...{ "prompt tokens": used.promptTokens, "completion tokens": used.completionTokens },
        "tokens of lost attempts": tokensOf(lost),
        "cost as booked": money(cost),
      })),
    },
    {
      title: "Cost by the price table",
      rows: [
        ...spending.lines.map(({ kind, tokens, price, cost }) => ({
          ...{ kind, tokens, "price of a million": price ?? MISSING, cost: money(cost) },
        })),
        {
          kind: "all",
          tokens: spending.lines.reduce((sum, { tokens }) => sum + tokens, 0),
          "price of a million": MISSING,
          cost: money(spending.cost),
        },
      ],
      note: `In the currency of the prices, lost attempts included. Booked when the samples were drawn: ${money(spending.booked)}.`,
    },
    {
      title: "Files",
      rows: sets.map(({ set, synthetic, sha256, earlierFiles }) => ({
        ...{ set, problems: synthetic ? "made up" : "OlymMATH", "SHA-256": sha256 },
        "samples drawn for another file": earlierFiles.join(", "),
      })),
      literal: ["SHA-256"],
    },
  ];
}

/** Six digits: a sample may cost next to nothing. */
function money(value: number | undefined): string {
  return value === undefined ? MISSING : `${Number(value.toPrecision(6))}`;
}

function tokensOf({ promptTokens, completionTokens }: Usage): number {
  return promptTokens + completionTokens;
}
