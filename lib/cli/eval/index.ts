import { join, resolve } from "node:path";
import { DataError } from "../../data/error";
import type { DataFolders } from "../../data/store";
import { storeFolder } from "../../experiment/store";
import { type ProblemSet, settingsId } from "../../papers/olymmath";
import { seenSamples } from "../../papers/olymmath/estimate";
import {
  type Evaluation,
  evaluationFolder,
  logOf,
  planOf,
  reportEvaluation,
  scoreSoFar,
} from "../../papers/olymmath/evaluation";
import { evaluationSet, evaluationSets, syntheticSetName } from "../../papers/olymmath/evaluationSets";
import { CommandError } from "../errors";
import { withConfigFile } from "./configFile";
import { isWanted } from "./consent";
import { draw } from "./draw";
import { type OpenedModel, openModel } from "./models";
import { DEFAULT_SAMPLES, type EvalOptions, type EvalRequest, parseEvalOptions } from "./options";
import { settingsFor } from "./plan";
import { type EvalSurroundings, ofProcess } from "./surroundings";
import { scoreTable } from "./table";

/**
 * `reprise eval olymmath`: draws the samples of a model that its log does not have, grades all of them, and writes the report.
 * @returns the exit code: 0 also where a limit of time or budget has ended it; 1 where samples failed or a person said no; 130 after Ctrl-C
 * @throws CommandError for what a person can mend
 */
export async function runEval(
  benchmark: string,
  typed: EvalOptions,
  surroundings: EvalSurroundings = ofProcess(),
): Promise<number> {
  if (benchmark !== "olymmath")
    throw new CommandError(`there is no benchmark "${benchmark}"`, ["there is: olymmath"]);
  const options = withConfigFile(typed);
  const request = parseEvalOptions(options);
  let model: OpenedModel | undefined;
  try {
    const sets = await setsOf(request, surroundings.folders);
    model = await openModel(request, options, surroundings);
    return await evaluate(request, options, sets, model, surroundings);
  } catch (error) {
    const explained = model === undefined ? error : model.explained(error);
    if (explained instanceof DataError) throw new CommandError(explained.message);
    throw explained;
  } finally {
    model?.close();
  }
}

/** The problems that a request is about. @throws CommandError, DataError where they are not there, or do not belong together */
export async function setsOf(
  { choice, sets, problems }: Pick<EvalRequest, "choice" | "sets" | "problems">,
  folders: DataFolders,
): Promise<ProblemSet[]> {
  const isInHouse = choice.kind === "in-house";
  const found: ProblemSet[] = [];
  for (const name of sets)
    found.push(await evaluationSet(isInHouse ? syntheticSetName(name) : name, folders));
  if (isInHouse && found.some(({ synthetic }) => !synthetic))
    throw new CommandError("the in-house model knows made-up problems only", [
      "--set SYNTH-EN-EASY, and so on",
    ]);
  try {
    return evaluationSets(found, problems);
  } catch (error) {
    if (error instanceof RangeError) throw new CommandError(error.message);
    throw error;
  }
}

async function evaluate(
  request: EvalRequest,
  options: EvalOptions,
  sets: readonly ProblemSet[],
  model: OpenedModel,
  surroundings: EvalSurroundings,
): Promise<number> {
  const { print } = surroundings;
  const evaluation = evaluationOf(request, options, sets, model);
  print(introduction(evaluation, model));
  if (request.choice.kind === "in-house" && request.sets.some((name) => syntheticSetName(name) !== name))
    print(
      "The in-house model has seen made-up problems only: it is asked the made-up sets of these names.\n",
    );
  const { settings } = evaluation;
  const plan = planOf(evaluation);
  const seen = await seenSamples(logOf(evaluation), evaluation.model, settingsId(settings));
  let code = 0;
  if (plan.every(({ key }) => seen.answered.has(key))) {
    print("All samples are there.");
    if (options.dryRun) return 0;
  } else {
    const refusal = await isWanted(request, options, { plan, settings, seen }, model, surroundings);
    if (refusal !== undefined) return refusal;
    code = await draw(request, evaluation, model, seen, surroundings);
  }
  await report(request, options, evaluation, model, surroundings);
  return code;
}

function evaluationOf(
  request: EvalRequest,
  { out }: EvalOptions,
  sets: readonly ProblemSet[],
  model: OpenedModel,
): Evaluation {
  const settings = settingsFor(request, model, sets);
  const name = model.backend.model;
  const root = join(storeFolder(), "eval", "olymmath");
  const replayed = model.recorded !== undefined;
  const own = () => evaluationFolder(root, { model: name, settings, sets, replayed });
  return {
    ...{ sets, settings, model: name },
    samples: request.samples ?? model.recorded ?? DEFAULT_SAMPLES,
    folder: out === undefined ? own() : resolve(out),
  };
}

function introduction(evaluation: Evaluation, { place }: OpenedModel): string {
  const { sets, samples, settings, model } = evaluation;
  const names = sets.map(
    ({ name, synthetic, problems }) => `${synthetic ? "SYNTH-" : ""}${name} (${problems.length} problems)`,
  );
  const { temperature, topP, minP, maxTokens, seed, extra } = settings;
  return [
    `${model} on ${names.join(", ")}, ${samples} samples each`,
    `temperature ${temperature}, top-p ${topP}, min-p ${minP}, at most ${maxTokens} tokens, seed ${seed}`,
    ...(extra === undefined ? [] : [`With ${JSON.stringify(extra)}`]),
    `Model: ${place}`,
    `Log:   ${logOf(evaluation)}`,
    "",
  ].join("\n");
}

async function report(
  { mode, prices }: EvalRequest,
  { figures: drawn = true }: EvalOptions,
  evaluation: Evaluation,
  { notices }: OpenedModel,
  { print, resamples }: EvalSurroundings,
): Promise<void> {
  const { samples } = await scoreSoFar(evaluation, mode);
  if (samples === 0) {
    print("There is no sample to report on.");
    return;
  }
  const { report: made, files } = await reportEvaluation(
    evaluation,
    { prices, notices, resamples },
    drawn ? mode : undefined,
  );
  print(["", ...made.banners, scoreTable(made, mode), "", `Percent, answers checked as ${mode}.`].join("\n"));
  print(`Report: ${files.join(", ")}`);
}
