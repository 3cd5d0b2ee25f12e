import { mostCostOf } from "../../llm/chat";
import { type PlannedSample, promptOf, type SampleSettings } from "../../papers/olymmath";
import { estimateRun, type SeenSamples } from "../../papers/olymmath/estimate";
import { CommandError } from "../errors";
import type { OpenedModel } from "./models";
import type { EvalOptions, EvalRequest } from "./options";
import { asksFirst, estimateText } from "./plan";
import { measureSpeed } from "./speed";
import type { EvalSurroundings } from "./surroundings";

/** A run that may begin. */
export interface Pending {
  /** All samples, those that are there included. */
  readonly plan: readonly PlannedSample[];
  readonly settings: SampleSettings;
  readonly seen: SeenSamples;
}

/**
 * Prints what a run will take, and asks a person where it is much. How fast a model writes is seen from the log, or measured, unless that would cost something.
 * @returns the exit code where the run is not to begin
 */
export async function isWanted(
  request: EvalRequest,
  { dryRun = false, yes = false, apiKeyEnv }: EvalOptions,
  { plan, settings, seen }: Pending,
  model: OpenedModel,
  { print, ask }: Pick<EvalSurroundings, "print" | "ask">,
): Promise<number | undefined> {
  const { prices, concurrency } = request;
  const left = plan.filter(({ key }) => !seen.answered.has(key));
  if (model.recorded !== undefined) {
    print(`${left.length} samples to be given again.`);
    return dryRun ? 0 : undefined;
  }
  const costsNothing =
    prices === undefined || mostCostOf({ promptTokens: 1, completionTokens: 1 }, prices) === 0;
  // Who lets in with a key mostly wants money.
  const mayCost = apiKeyEnv !== undefined && prices === undefined;
  const isFree = model.isLocal || (!dryRun && costsNothing && !mayCost);
  const tokensPerSecond =
    seen.tokensPerSecond ??
    (isFree ? await measureSpeed(model, left.slice(0, concurrency), settings) : undefined);
  const estimate = estimateRun({
    ...{ plan, seen, prices, tokensPerSecond },
    maxTokens: settings.maxTokens,
    countPrompt: (problem) => model.countPrompt(promptOf(problem)),
  });
  print(estimateText(estimate, request));
  if (mayCost) print("Cost:     not known: give --price-input and --price-output");
  if (dryRun) return 0;
  if (yes || !(mayCost || asksFirst(estimate, request))) return undefined;
  if (ask === undefined)
    throw new CommandError("this may cost money or takes long, and nobody said yes: nothing was drawn", [
      "add --yes to go ahead",
      "--problems, --n, --max-tokens and --minutes make it less",
    ]);
  if (await ask("Go ahead? [y/N] ")) return undefined;
  print("Nothing was drawn.");
  return 1;
}
