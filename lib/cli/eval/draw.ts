import type { SamplingOutcome } from "../../papers/olymmath";
import type { SeenSamples } from "../../papers/olymmath/estimate";
import { drawEvaluation, type Evaluation, scoreSoFar } from "../../papers/olymmath/evaluation";
import { statusLine } from "../statusLine";
import { INTERRUPTED } from "../sweep";
import type { OpenedModel } from "./models";
import type { EvalRequest } from "./options";
import { progressTeller } from "./progress";
import type { EvalSurroundings } from "./surroundings";

/** Draws what is left. The first Ctrl-C lets what is under way end, a second one ends the process: the log is whole all the same. */
export async function draw(
  { concurrency, budget, prices, minutes, mode }: EvalRequest,
  evaluation: Evaluation,
  { backend, recorded }: OpenedModel,
  seen: SeenSamples,
  { print, stream }: EvalSurroundings,
): Promise<number> {
  const status = statusLine(stream);
  status.set("waiting for the first sample");
  const { right } = seen.answered.size > 0 ? await scoreSoFar(evaluation, mode) : { right: 0 };
  const problems = evaluation.sets.flatMap((set) => set.problems);
  const stop = new AbortController();
  const interrupt = () => {
    if (stop.signal.aborted) process.exit(INTERRUPTED);
    status.print("Stopping after the samples that are under way; press Ctrl-C again to stop at once.");
    stop.abort();
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  try {
    const outcome = await drawEvaluation(evaluation, backend, {
      ...{ concurrency, budget, prices, stop: stop.signal },
      ...(minutes === undefined ? {} : { seconds: 60 * minutes }),
      ...(recorded === undefined ? {} : { mostFailures: Number.POSITIVE_INFINITY }),
      onSample: progressTeller({ status, problems, mode, right, seen, prices }),
    });
    status.stop();
    print(outcomeText(outcome));
    if (stop.signal.aborted) return INTERRUPTED;
    return outcome.failed > 0 || outcome.ended === "unwell" ? 1 : 0;
  } finally {
    status.stop();
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  }
}

function outcomeText({ ended, reason, answered, left, spent }: SamplingOutcome): string {
  const { promptTokens, completionTokens, cost } = spent;
  const used = `${promptTokens} and ${completionTokens} tokens of prompts and answers in all`;
  return [
    `${answered} samples drawn${cost > 0 ? `; ${used}, at a cost of ${cost.toFixed(4)}` : `; ${used}`}.`,
    ...(reason === "" ? [] : [reason]),
    ...(left > 0
      ? [
          `${left} samples are left: the same command${ended === "budget" ? ", with more to spend," : ""} goes on with them.`,
        ]
      : []),
  ].join("\n");
}
