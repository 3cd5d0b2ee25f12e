import { type ProblemSet, PUBLISHED_SETTINGS, promptOf, type SampleSettings } from "../../papers/olymmath";
import type { Bound, RunEstimate } from "../../papers/olymmath/estimate";
import { CommandError } from "../errors";
import { formatDuration } from "../statusLine";
import { money, whole } from "./amounts";
import type { OpenedModel } from "./models";
import type { EvalRequest } from "./options";

/** Of a model's context, what a completion may have where nobody says. */
const COMPLETION_SHARE = 0.75;
/** What a person is asked about: an expected time of more than this. */
const LONG_SECONDS = 600;

/**
 * The settings of a run. Without a limit of tokens it is the model's usual one, or the published one, or three quarters of a context that is smaller.
 * @throws CommandError where prompt and completion do not fit into the model's context
 */
export function settingsFor(
  { settings, maxTokens }: Pick<EvalRequest, "settings" | "maxTokens">,
  {
    contextLength = Number.POSITIVE_INFINITY,
    countPrompt,
    usualTokens,
  }: Pick<OpenedModel, "contextLength" | "countPrompt" | "usualTokens">,
  sets: readonly ProblemSet[],
): SampleSettings {
  const most = Math.min(PUBLISHED_SETTINGS.maxTokens, Math.floor(COMPLETION_SHARE * contextLength));
  const chosen = { ...settings, maxTokens: maxTokens ?? usualTokens ?? most };
  if (contextLength === Number.POSITIVE_INFINITY) return chosen;
  const problems = sets.flatMap((set) => set.problems);
  const longest = Math.max(...problems.map((problem) => countPrompt(promptOf(problem))));
  const room = contextLength - longest;
  if (chosen.maxTokens <= room) return chosen;
  throw new CommandError(
    `the model has room for ${contextLength} tokens, the longest prompt has ${longest}, and ${chosen.maxTokens} are to be written`,
    room > 0 ? [`--max-tokens ${room}, or fewer`] : ["take a model with a longer context"],
  );
}

/** What a run will take, for a person to decide. */
export function estimateText(
  { total, done, promptTokens, completionTokens, basis, cost, seconds }: RunEstimate,
  { budget, minutes }: Pick<EvalRequest, "budget" | "minutes">,
): string {
  const left = total - done;
  const expected = basis === "log" ? "as long as those in the log" : "if each is as long as it may be";
  const range = ({ expected: usual, most }: Bound, format: (value: number) => string) =>
    format(usual) === format(most) ? `at most ${format(most)}` : `${format(usual)}, at most ${format(most)}`;
  const limits = [
    ...(budget.tokens === undefined ? [] : [`${whole(budget.tokens)} tokens`]),
    ...(budget.cost === undefined ? [] : [`a cost of ${money(budget.cost)}`]),
    ...(minutes === undefined ? [] : [`${minutes} minutes`]),
  ];
  return [
    `Samples:  ${whole(left)} to draw${done > 0 ? `, ${whole(done)} of ${whole(total)} are there` : ""}`,
    `Prompts:  ${whole(promptTokens)} tokens`,
    `Answers:  ${range(completionTokens, (value) => `${whole(value)} tokens`)} (${expected})`,
    ...(cost === undefined ? [] : [`Cost:     ${range(cost, money)}`]),
    `Time:     ${seconds === undefined ? "not known before the first samples" : range(seconds, (value) => formatDuration(1_000 * value))}`,
    ...(limits.length > 0 ? [`Ends at:  ${limits.join(" or ")}`] : []),
  ].join("\n");
}

/** Whether a person is asked before a run begins: it costs money, or takes long. */
export function asksFirst(
  { cost, seconds }: Pick<RunEstimate, "cost" | "seconds">,
  { minutes = Number.POSITIVE_INFINITY }: Pick<EvalRequest, "minutes">,
): boolean {
  const time = Math.min(seconds?.expected ?? 0, 60 * minutes);
  return (cost?.most ?? 0) > 0 || time > LONG_SECONDS;
}
