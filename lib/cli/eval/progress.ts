import { costOf, type Prices } from "../../llm/chat";
import type { CheckMode } from "../../math";
import { gradeProblem, type Problem, type SampleRecord } from "../../papers/olymmath";
import type { SeenSamples } from "../../papers/olymmath/estimate";
import { addUsage, NO_USAGE } from "../../papers/olymmath/sampling/usage";
import { formatDuration, type StatusLine } from "../statusLine";
import { compact, money } from "./amounts";

export interface ProgressOptions {
  readonly status: StatusLine;
  readonly problems: readonly Problem[];
  readonly mode: CheckMode;
  /** Right samples that the log had before. */
  readonly right: number;
  /** All that the log had before, of this model and its settings. */
  readonly seen: Pick<SeenSamples, "answered" | "used">;
  readonly prices?: Prices;
  readonly now?: () => number;
}

/**
 * Tells how a run goes: a function for `SamplingOptions.onSample`. What all of it will take in the end is
 *
 *     spent · (answers + left) / answers
 *
 * over all calls, lost attempts and failures included.
 */
export function progressTeller(options: ProgressOptions) {
  const { status, problems, mode, seen, prices, now = Date.now } = options;
  const byName = new Map(problems.map((problem) => [problem.id, problem]));
  const begun = now();
  let { right } = options;
  let spent = seen.used;
  let [tokens, answered, failed] = [0, 0, 0];

  /** "spent 0.12 of ~0.50, 1.2K of ~4.9K tokens" */
  function spending(left: number): string {
    const answers = seen.answered.size + answered;
    const amount = (value: number, format: (value: number) => string) =>
      answers === 0 ? format(value) : `${format(value)} of ~${format((value * (answers + left)) / answers)}`;
    const all = amount(spent.promptTokens + spent.completionTokens, compact);
    const cost = prices === undefined ? "" : `${amount(costOf(spent, prices), money)}, `;
    return `spent ${cost}${all} tokens`;
  }

  return (record: SampleRecord, done: number, total: number): void => {
    spent = [record.usage, record.lost ?? NO_USAGE].reduce(addUsage, spent);
    if (record.status === "failed") {
      failed++;
      status.print(`! ${record.problem}, sample ${record.sample}: ${record.error}`);
    } else {
      answered++;
      tokens += record.usage.completionTokens;
      const { samples } = gradeProblem(byName.get(record.problem)!, [record], mode);
      right += Number(samples[0].correct);
    }
    const seconds = Math.max(1e-3, (now() - begun) / 1_000);
    const left = answered === 0 ? undefined : ((total - done) * seconds) / answered;
    const parts = [
      `${done} of ${total}`,
      `${right} right`,
      ...(failed > 0 ? [`${failed} failed`] : []),
      `${(tokens / seconds).toFixed(tokens / seconds < 10 ? 1 : 0)} tokens/s`,
      ...(left === undefined ? [] : [`${formatDuration(1_000 * left)} left`]),
      spending(total - done),
    ];
    status.set(parts.join(", "));
  };
}
