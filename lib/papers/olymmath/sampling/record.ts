import { z } from "zod";
import { DataError } from "../../../data/error";
import { LANGUAGES } from "../problems/problem";
import { settingsSchema } from "./settings";

const count = z.number().int().min(0);
const usage = z
  .object({
    promptTokens: count,
    completionTokens: count,
    cachedTokens: count.optional(),
    reasoningTokens: count.optional(),
  })
  .strict();

/** What a call was to do, written once before its samples. */
const run = z
  .object({
    kind: z.literal("run"),
    /** Milliseconds since 1970, here and below. */
    startedAt: z.number(),
    backend: z.enum(["endpoint", "in-process", "replay"]),
    model: z.string(),
    /** The name of `settings`, by which samples refer to it. */
    settingsId: z.string(),
    settings: settingsSchema,
    /** SHA-256 of each set's file. */
    files: z.record(z.string()),
    /** Whether the problems are made up. */
    synthetic: z.boolean(),
  })
  .strict();

const common = {
  kind: z.literal("sample"),
  key: z.string(),
  /** The problem's name. */
  problem: z.string(),
  language: z.enum(LANGUAGES),
  sample: count,
  model: z.string(),
  settingsId: z.string(),
  seed: count,
  startedAt: z.number(),
  endedAt: z.number(),
  /** Of the answer; estimated where the server did not say. */
  usage,
  usageEstimated: z.literal(true).optional(),
  /** Of attempts that broke off before one succeeded, by estimate. */
  lost: usage.optional(),
  /** Of both, in the currency of the prices; 0 without prices. */
  cost: z.number().min(0),
};

const answered = z
  .object({
    ...common,
    status: z.literal("answered"),
    /** "stop", "length", or another word of the server's. */
    finishReason: z.string(),
    text: z.string(),
    /** Thoughts, where the server tells them apart. */
    reasoning: z.string().optional(),
  })
  .strict();

const failed = z.object({ ...common, status: z.literal("failed"), error: z.string() }).strict();

const sample = z.discriminatedUnion("status", [answered, failed]);

export type RunRecord = z.infer<typeof run>;
export type AnsweredRecord = z.infer<typeof answered>;
export type FailedRecord = z.infer<typeof failed>;
export type SampleRecord = AnsweredRecord | FailedRecord;
export type LogRecord = RunRecord | SampleRecord;

const REMEDY = "Mend or remove the line; a sample that is missing is drawn again.";

/** Reads a line of the log. @throws DataError that names file, line and field */
export function parseRecord(text: string, file: string, number: number): LogRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new DataError(`The line is not JSON: ${(error as Error).message}.`, { file, line: number }, REMEDY);
  }
  const isRun = typeof value === "object" && value !== null && "kind" in value && value.kind === "run";
  const parsed = isRun ? run.safeParse(value) : sample.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0];
  throw new DataError(`${message}.`, { file, line: number, field: path.join(".") }, REMEDY);
}
