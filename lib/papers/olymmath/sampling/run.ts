import { setMaxListeners } from "node:events";
import {
  type BudgetLimits,
  ChatError,
  type Clock,
  createBudget,
  type Prices,
  type Reservation,
  type Spending,
  systemClock,
} from "../../../llm/chat";
import { createTurns } from "../../../llm/chat/turns";
import type { ProblemSet } from "../problems/problem";
import { promptOf } from "../prompts";
import { type SampleBackend, SampleError, ServerResting } from "./backend";
import { noteRun, type Result, recordOf, usageOf } from "./booking";
import { type PlannedSample, samplingPlan } from "./plan";
import type { SampleRecord } from "./record";
import type { SampleLog } from "./sampleLog";
import { type SampleSettings, settingsId } from "./settings";
import { addUsage, estimatedPrompt, NO_USAGE } from "./usage";

export interface SamplingRun {
  readonly sets: readonly ProblemSet[];
  /** Of each problem, in all: those that the log has count. */
  readonly samples: number;
  readonly settings: SampleSettings;
}

export interface SamplingOptions {
  /** Samples at a time. Default 8. */
  readonly concurrency?: number;
  /** What this model and settings may use in all, what the log has included. */
  readonly budget?: Pick<BudgetLimits, "tokens" | "cost">;
  readonly prices?: Prices;
  /** After so many no further sample begins; those that run are finished. Default: no limit. */
  readonly seconds?: number;
  /** Samples that fail in a row before the run ends. Default 10. */
  readonly mostFailures?: number;
  /** Rests of the server in a row before the run ends. Default 3. */
  readonly mostRests?: number;
  /** Ends the run at once: what is under way is given up, and drawn again by the next run. */
  readonly signal?: AbortSignal;
  /** Ends the run in peace: no further sample begins, those that run are finished. */
  readonly stop?: AbortSignal;
  /** Is told of each sample when it is on the disk. */
  readonly onSample?: (record: SampleRecord, done: number, total: number) => void;
  readonly clock?: Clock;
}

export interface SamplingOutcome {
  /** "complete": every sample has been tried. "unwell": the server failed too often in a row. */
  readonly ended: "complete" | "budget" | "time" | "cancelled" | "unwell";
  /** Why samples are left, in words. */
  readonly reason: string;
  /** Samples drawn by this call. */
  readonly answered: number;
  /** Samples that failed: the next call tries them again. */
  readonly failed: number;
  /** Samples of the plan that the log does not have. */
  readonly left: number;
  /** Tokens and cost, with what earlier calls have used. */
  readonly spent: Omit<Spending, "requests">;
}

/** What changes while a run goes on. */
interface Progress {
  answered: number;
  failed: number;
  failedInARow: number;
  rests: number;
  restUntil: number;
  /** No further sample begins. */
  ended?: Pick<SamplingOutcome, "ended" | "reason">;
  fatal?: { readonly error: unknown };
}

/**
 * Draws all samples that the log does not have, in the plan's order, several at a time. Killed at any point, the same call goes on: what the log has is not
 * drawn again, what was under way is.
 * @throws what ends the run for good, such as a wrong key: the log is whole all the same
 */
export async function drawSamples(
  { sets, samples, settings }: SamplingRun,
  backend: SampleBackend,
  log: SampleLog,
  options: SamplingOptions = {},
): Promise<SamplingOutcome> {
  const { concurrency = 8, prices, seconds = Number.POSITIVE_INFINITY, signal, stop, onSample } = options;
  const { mostFailures = 10, mostRests = 3, clock = systemClock } = options;
  const origin = { model: backend.model, settingsId: settingsId(settings), prices };
  const problems = sets.flatMap((set) => set.problems);
  const plan = samplingPlan(problems, samples, origin.model, settings);
  const work = plan.filter(({ key }) => !log.answered.has(key));
  const budget = createBudget(options.budget ?? {}, prices);
  (await budget.reserve(NO_USAGE)).settle(log.used(origin.model, origin.settingsId));
  noteRun(log, sets, settings, backend, clock.now());

  const deadline = clock.now() + 1_000 * seconds;
  const turns = createTurns({ running: concurrency });
  const progress: Progress = { answered: 0, failed: 0, failedInARow: 0, rests: 0, restUntil: 0 };
  const end = (ended: SamplingOutcome["ended"], reason: string) => {
    progress.ended ??= { ended, reason };
  };
  /** Gives up what is under way. */
  const halt = new AbortController();
  setMaxListeners(0, halt.signal);
  const cancel = () => {
    end("cancelled", "The run was cancelled.");
    halt.abort(signal?.reason);
  };
  if (signal?.aborted) cancel();
  signal?.addEventListener("abort", cancel, { once: true });

  function book(item: PlannedSample, startedAt: number, result: Result): void {
    const record = recordOf(item, origin, { startedAt, endedAt: clock.now() }, result);
    log.append(record);
    if (record.status === "answered") {
      progress.answered++;
      progress.failedInARow = 0;
      progress.rests = 0;
    } else {
      progress.failed++;
      progress.failedInARow++;
      if (progress.failedInARow >= mostFailures)
        end("unwell", `${mostFailures} samples failed in a row, the last one: ${record.error}`);
    }
    onSample?.(record, plan.length - work.length + progress.answered, plan.length);
  }

  /** Lets the server rest, once for all who hear of it. @throws the signal's reason */
  async function rest({ message, wait }: ServerResting): Promise<void> {
    if (clock.now() >= progress.restUntil) {
      progress.restUntil = clock.now() + wait;
      if (++progress.rests > mostRests) {
        end("unwell", message);
        halt.abort(new Error(message));
      }
    }
    await clock.sleep(Math.max(0, progress.restUntil - clock.now()), halt.signal);
  }

  async function draw(item: PlannedSample, reservation: Reservation): Promise<void> {
    const request = { ...item, settings, messages: promptOf(item.problem) };
    const startedAt = clock.now();
    let [used, lost] = [NO_USAGE, NO_USAGE];
    try {
      for (;;) {
        try {
          const sampled = await backend.sample(request, halt.signal);
          used = usageOf(request.messages, sampled);
          lost = addUsage(lost, sampled.lost ?? NO_USAGE);
          return book(item, startedAt, { sampled, used, lost });
        } catch (error) {
          if (!(error instanceof SampleError || error instanceof ServerResting)) throw error;
          lost = addUsage(lost, error.lost ?? NO_USAGE);
          if (error instanceof SampleError)
            return book(item, startedAt, { error: error.message, used, lost });
          await rest(error);
        }
      }
    } catch (error) {
      if (halt.signal.aborted) return;
      progress.fatal = { error };
      halt.abort(error);
    } finally {
      reservation.settle(addUsage(used, lost));
    }
  }

  /** Waits for a turn and for room in the budget, in the plan's order; undefined where no further sample begins. */
  async function admit(
    item: PlannedSample,
  ): Promise<{ reservation: Reservation; endTurn: () => void } | undefined> {
    try {
      const endTurn = await turns.take(halt.signal);
      if (clock.now() >= deadline) end("time", `The ${seconds} s are over.`);
      if (stop?.aborted) end("cancelled", "The run was stopped.");
      if (progress.ended !== undefined) return undefined;
      const most = {
        promptTokens: estimatedPrompt(promptOf(item.problem)),
        completionTokens: settings.maxTokens,
      };
      const reservation = await budget.reserve(most, halt.signal);
      return { reservation, endTurn };
    } catch (error) {
      if (halt.signal.aborted) return undefined;
      if (!(error instanceof ChatError && error.kind === "budget")) throw error;
      end("budget", error.message);
      return undefined;
    }
  }

  const running = new Set<Promise<void>>();
  for (const item of work) {
    const admitted = await admit(item);
    if (admitted === undefined) break;
    const drawn = draw(item, admitted.reservation).finally(() => {
      admitted.endTurn();
      running.delete(drawn);
    });
    running.add(drawn);
  }
  await Promise.all(running);
  signal?.removeEventListener("abort", cancel);
  if (progress.fatal !== undefined) throw progress.fatal.error;
  const { answered, failed } = progress;
  const { requests: _, ...spent } = budget.spent();
  const left = work.length - answered;
  end("complete", failed === 0 ? "" : `${failed} samples failed; the next run tries them again.`);
  return { ...progress.ended!, answered, failed, left, spent };
}
