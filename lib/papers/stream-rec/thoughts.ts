import { measured, type ResultTable } from "../../experiment/record";
import type { StoredRun } from "../../experiment/store";
import { splitTargets } from "../../recsys";
import { identifier } from "../../recsys/generative/tokenMap";
import { present } from "../../recsys/variantReport";
import type { StreamRecConfig } from "./config";
import type { StreamData } from "./data";
import { targetTokens } from "./historyBatches";
import { type Ledger, labelOf } from "./ledger";
import { levelOf, type StreamTokens } from "./tokens";
import { tokenDiagnostics } from "./traceTable";
import { codesOf, tokensOf } from "./training";

type Rows = ResultTable["rows"];

/** What a model has thought of a test user, and what came of it. Items by their ids. */
export interface Thought {
  readonly user: number;
  readonly seed: number;
  /** What it had read, oldest first. */
  readonly history: Int32Array;
  /** o_1 .. o_l, token ids. */
  readonly trace: Int32Array;
  /** What it recommends first. */
  readonly answer: number;
  readonly target: number;
  /** Of the target among what it recommends; beyond the beams very large. */
  readonly rank: number;
}

/** The tokens in which a run of this configuration and seed reads and writes items. */
export function runTokens(config: StreamRecConfig, loaded: StreamData, seed: number): StreamTokens {
  return tokensOf(codesOf(config, loaded, seed));
}

/** The thought of a test user in a run of a model that thinks. @param user 0-based */
export function thoughtOf(
  run: StoredRun,
  { data: { offsets, itemIds } }: Pick<StreamData, "data">,
  { windowLength }: Pick<StreamRecConfig, "windowLength">,
  user: number,
): Thought {
  const steps = run.metrics["thinking tokens"];
  const last = offsets[user + 1] - 1;
  return {
    ...{ user, seed: run.seed },
    history: itemIds.slice(Math.max(offsets[user], last - windowLength), last),
    trace: Int32Array.from(run.array("traces").subarray(user * steps, (user + 1) * steps)),
    answer: run.array("answers")[user],
    target: itemIds[last],
    rank: run.array("ranks")[user],
  };
}

/** The first test users whose target was recommended first, and those whose target was not among the first ten. @param count of each, at most */
export function exampleUsers(run: StoredRun, count = 1): { found: number[]; missed: number[] } {
  const ranks = Array.from(run.array("ranks"));
  const users = (chosen: (rank: number) => boolean) =>
    ranks.flatMap((rank, user) => (chosen(rank) ? [user] : [])).slice(0, count);
  return { found: users((rank) => rank === 1), missed: users((rank) => rank > 10) };
}

/** A code token by the letter of its level and its number, as in "b5": code 5 of the second level. */
export function tokenName(tokens: StreamTokens, token: number): string {
  const level = levelOf(tokens, token);
  return `${String.fromCharCode(97 + level)}${token - tokens.map.vocabulary.offsets[level]}`;
}

/** "a3 b5 c0" */
export function tokenNames(tokens: StreamTokens, all: ArrayLike<number>): string {
  return Array.from(all, (token) => tokenName(tokens, token)).join(" ");
}

/** Thoughts as a table: what was read last, what was thought, what was answered. */
export function thoughtTable(
  thoughts: readonly Thought[],
  { labels }: Pick<StreamData, "labels">,
  tokens: StreamTokens,
): Rows {
  const written = (item: number) =>
    `${labels[item - 1]} (${tokenNames(tokens, identifier(tokens.map, item))})`;
  return thoughts.map(({ user, history, trace, answer, target, rank }) => ({
    user: user + 1,
    "last item": written(history[history.length - 1]),
    thought: tokenNames(tokens, trace),
    answer: written(answer),
    target: written(target),
    rank: rank <= 10 ? `${rank}` : "over 10",
  }));
}

/** The last events of a user, with what was planted about them. @param user 0-based @param count events at most */
export function historyTable(
  { data, labels, truth }: StreamData,
  tokens: StreamTokens,
  user: number,
  count = 8,
): Rows {
  const { offsets, itemIds } = data;
  const end = offsets[user + 1];
  const first = Math.max(offsets[user], end - count);
  const part = (event: number) => ["test", "validation"][end - 1 - event] ?? "training";
  return Array.from({ length: end - first }, (_, k) => {
    const event = first + k;
    const item = itemIds[event];
    return {
      event: event - offsets[user] + 1,
      item: labels[item - 1],
      tokens: tokenNames(tokens, identifier(tokens.map, item)),
      ...(truth === undefined
        ? {}
        : {
            "came about": truth.noise[event] === 1 ? "any item" : "by the rules",
            mood: truth.mood[event] + 1,
          }),
      part: part(event),
    };
  });
}

/**
 * What the traces on the test users are like: shares in per cent, means over the seeds. Tokens of the answer in a trace are an answer written twice; a
 * single trace for all says nothing of anyone.
 */
export function traceTable(ledger: Ledger, names: readonly string[]): Rows {
  const { config, loaded } = ledger;
  const cases = splitTargets(loaded.data, "test");
  return present(ledger, names).flatMap((name) => {
    const runs = ledger.runs(name).filter(({ metrics }) => metrics["thinking tokens"] > 0);
    if (runs.length === 0) return [];
    const found = runs.map((run) => {
      const steps = run.metrics["thinking tokens"];
      const tokens = runTokens(config, loaded, run.seed);
      const traces = Int32Array.from(run.array("traces"));
      const own = (items: ArrayLike<number>) =>
        tokenDiagnostics(
          { cases, steps, traces },
          targetTokens(
            { itemIds: Int32Array.from(items) },
            cases.map((_, row) => row),
            tokens,
          ),
        );
      const targets = own(Array.from(cases, (event) => loaded.data.itemIds[event]));
      const answers = own(run.array("answers"));
      const different = new Set(
        Array.from(cases, (_, row) => traces.subarray(row * steps, (row + 1) * steps).join()),
      );
      const average = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / steps;
      return {
        "different traces": different.size,
        "entropy, nats": average(targets.entropy),
        "repeated tokens, %": 100 * targets.repeats,
        "of the answer, %": 100 * average(answers.targetShare),
        "of the target, %": 100 * average(targets.targetShare),
      };
    });
    const columns = Object.keys(found[0]) as (keyof (typeof found)[number])[];
    return [
      {
        model: labelOf(name),
        ...Object.fromEntries(columns.map((column) => [column, measured(found.map((each) => each[column]))])),
      },
    ];
  });
}
