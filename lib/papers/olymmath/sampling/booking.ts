import { type ChatMessage, costOf, type Prices, type Usage } from "../../../llm/chat";
import type { ProblemSet } from "../problems/problem";
import type { SampleBackend, Sampled } from "./backend";
import type { PlannedSample } from "./plan";
import type { RunRecord, SampleRecord } from "./record";
import type { SampleLog } from "./sampleLog";
import { type SampleSettings, settingsId } from "./settings";
import { addUsage, estimatedPrompt, estimatedTokens, NO_USAGE } from "./usage";

/** How a sample ended, and what it used. */
export type Result = (
  | { readonly sampled: Sampled; readonly error?: undefined }
  | { readonly error: string; readonly sampled?: undefined }
) & {
  readonly used: Usage;
  readonly lost: Usage;
};

/** What all samples of a run have in common. */
export interface SampleOrigin {
  readonly model: string;
  readonly settingsId: string;
  readonly prices?: Prices;
}

/** The log's line about a sample. */
export function recordOf(
  { key, problem, sample, seed }: PlannedSample,
  { model, settingsId, prices }: SampleOrigin,
  { startedAt, endedAt }: { readonly startedAt: number; readonly endedAt: number },
  { sampled, error, used, lost }: Result,
): SampleRecord {
  const common = {
    kind: "sample" as const,
    key,
    problem: problem.id,
    language: problem.language,
    sample,
    model,
    settingsId,
    seed,
    startedAt,
    endedAt,
    usage: used,
    ...(sampled !== undefined && sampled.usage === undefined ? { usageEstimated: true as const } : {}),
    ...(lost.promptTokens > 0 ? { lost } : {}),
    cost: prices === undefined ? 0 : costOf(addUsage(used, lost), prices),
  };
  if (sampled === undefined) return { ...common, status: "failed", error };
  const { finishReason, text, reasoning } = sampled;
  return {
    ...common,
    status: "answered",
    finishReason,
    text,
    ...(reasoning === undefined ? {} : { reasoning }),
  };
}

/** What a sample used, by the server's count or ours. */
export function usageOf(messages: readonly ChatMessage[], { usage, text, reasoning = "" }: Sampled): Usage {
  if (usage !== undefined) return usage;
  const completionTokens = estimatedTokens(Buffer.byteLength(text) + Buffer.byteLength(reasoning));
  return { ...NO_USAGE, promptTokens: estimatedPrompt(messages), completionTokens };
}

/** Writes what the run is, unless the run before was the very same. */
export function noteRun(
  log: SampleLog,
  sets: readonly ProblemSet[],
  settings: SampleSettings,
  { kind: backend, model }: SampleBackend,
  startedAt: number,
): void {
  const run: RunRecord = {
    kind: "run",
    startedAt,
    backend,
    model,
    settingsId: settingsId(settings),
    settings,
    files: Object.fromEntries(sets.map(({ name, sha256 }) => [name, sha256])),
    synthetic: sets.some(({ synthetic }) => synthetic),
  };
  const same = (record: RunRecord | undefined) => JSON.stringify({ ...record, startedAt: 0 });
  if (same(log.lastRun) !== same(run)) log.append(run);
}
