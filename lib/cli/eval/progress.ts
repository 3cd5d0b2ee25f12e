import type { CheckMode } from "../../math";
import { gradeProblem, type Problem, type SampleRecord } from "../../papers/olymmath";
import { formatDuration, type StatusLine } from "../statusLine";

export interface ProgressOptions {
  readonly status: StatusLine;
  readonly problems: readonly Problem[];
  readonly mode: CheckMode;
  /** Right samples that the log had before. */
  readonly right: number;
  readonly now?: () => number;
}

/** Tells how a run goes: a function for `SamplingOptions.onSample`. */
export function progressTeller({ status, problems, mode, now = Date.now, ...before }: ProgressOptions) {
  const byName = new Map(problems.map((problem) => [problem.id, problem]));
  const begun = now();
  let { right } = before;
  let [tokens, answered, failed] = [0, 0, 0];
  return (record: SampleRecord, done: number, total: number): void => {
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
    ];
    status.set(parts.join(", "));
  };
}
