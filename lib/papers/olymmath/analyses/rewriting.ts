import type { ChatClient } from "../../../llm/chat";
import type { Language, Problem } from "../problems/problem";
import { type ProbedModel, PUBLISHED_PROBE } from "./contamination";
import { sideBySide } from "./sideBySide";

/** A problem in other words. */
export interface Rewriting {
  readonly text: string;
  /** The writer had no more tokens. */
  readonly isCut: boolean;
}

/** What writes the rewritten problems: a strong model, the same for all that are probed. */
export type Rewrite = (
  text: string,
  language: Language,
  seed: number,
  signal?: AbortSignal,
) => Promise<Rewriting>;

export interface RewriteOptions {
  /** Of each problem. Default 3. */
  readonly rewrites?: number;
  /** Of the first one; the others have those after it. Default 0. */
  readonly seed?: number;
  /** Side by side. Default 1. */
  readonly concurrency?: number;
  readonly signal?: AbortSignal;
}

/** Rewrites every problem several times. */
export async function rewriteAll(
  problems: readonly Problem[],
  rewrite: Rewrite,
  { rewrites = PUBLISHED_PROBE.rewrites, seed = 0, concurrency = 1, signal }: RewriteOptions = {},
): Promise<Rewriting[][]> {
  const asked = problems.flatMap((problem) =>
    Array.from({ length: rewrites }, (_, copy) => ({ problem, seed: seed + copy })),
  );
  const written = await sideBySide(
    asked,
    ({ problem: { text, language }, seed: own }) => rewrite(text, language, own, signal),
    concurrency,
  );
  return problems.map((_, row) => written.slice(row * rewrites, (row + 1) * rewrites));
}

/** Probes a server: greedy completion of the bare text, without a chat template. */
export function probedClient(client: ChatClient): ProbedModel {
  return {
    async continue(prefix, tokens, signal) {
      const request = { prompt: prefix, maxTokens: tokens, temperature: 0 };
      const { text, finishReason } = await client.complete(request, { signal, stream: false });
      return finishReason === "length" ? text : "";
    },
  };
}

/** A rewriter that only thinks, or says nothing, however often it is asked. */
export class NothingWritten extends Error {
  constructor() {
    super(`The rewriter wrote nothing, ${ATTEMPTS} times.`);
    this.name = "NothingWritten";
  }
}

const ATTEMPTS = 4;
/** Between the seeds of two attempts. */
const SEED_STEP = 1_000_003;

const REWRITE_INSTRUCTIONS: Readonly<Record<Language, string>> = {
  EN: "Say the following problem in other words. Keep all its quantities, conditions and formulas, and do not solve it. Answer with the new text alone.",
  ZH: "请用不同的表述改写下面的题目，保留所有数值、条件和公式，不要解题，只输出改写后的题目。",
};

/** How rewritings are drawn. */
export interface RewriterSettings {
  readonly temperature: number;
  /** Of a rewriting, thoughts included. */
  readonly maxTokens: number;
}

export const REWRITER_SETTINGS: RewriterSettings = { temperature: 0.7, maxTokens: 2048 };

/** Rewrites by a server. The rewriter throws {@link NothingWritten}, and what the client throws. */
export function rewriteByClient(
  client: ChatClient,
  { temperature, maxTokens }: RewriterSettings = REWRITER_SETTINGS,
): Rewrite {
  return async (text, language, seed, signal) => {
    const content = `${REWRITE_INSTRUCTIONS[language]}\n\n${text}`;
    const messages = [{ role: "user" as const, content }];
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const request = { messages, temperature, maxTokens, seed: seed + attempt * SEED_STEP };
      const reply = await client.complete(request, { signal });
      const written = withoutThoughts(reply.text);
      if (written !== "") return { text: written, isCut: reply.finishReason === "length" };
    }
    throw new NothingWritten();
  };
}

/** What follows the thoughts, where the server does not tell them apart. */
function withoutThoughts(text: string): string {
  const end = text.lastIndexOf("</think>");
  if (end >= 0) return text.slice(end + "</think>".length).trim();
  return /^\s*<think>/.test(text) ? "" : text.trim();
}
