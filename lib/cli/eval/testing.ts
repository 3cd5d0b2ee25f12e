import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ChatModel } from "../../llm/chat";
import {
  type Answer,
  chunk,
  DONE,
  type FaultServer,
  status,
  stream,
  withFaultServer,
} from "../../llm/chat/testing";
import type { ProblemSet } from "../../papers/olymmath";
import { ableModel, madeUpSet, samplesOf } from "../../papers/olymmath/testing";
import { CommandError } from "../errors";
import { recordingStream } from "../testing";
import { runEval } from "./index";
import type { EvalOptions } from "./options";
import type { EvalSurroundings } from "./surroundings";

/** Made-up problems, four in each language. */
export const TEST_SETS: readonly ProblemSet[] = [madeUpSet("EN", 4), madeUpSet("ZH", 4)];

const CHINESE = { Algebra: "代数", Geometry: "几何", "Number Theory": "数论", Combinatorics: "组合" };

/** Writes the sets as files. @returns what `--set` takes */
export function problemFiles(folder: string, sets: readonly ProblemSet[] = TEST_SETS): string {
  return sets
    .map(({ name, problems }) => {
      const path = join(folder, `${name}.jsonl`);
      const rows = problems.map(({ id, field, language, text, answer, trap }) =>
        JSON.stringify({
          ...{ problem: text, answer, trap, unique_id: id },
          subject: language === "EN" ? field : CHINESE[field],
        }),
      );
      writeFileSync(path, rows.map((row) => `${row}\n`).join(""));
      return path;
    })
    .join(",");
}

/** Right half of the time, by nothing but the seed. */
export const able = ableModel(TEST_SETS, () => ({ right: 0.5, trapped: 0.2 }));

/** A server with one model; requests, from the first one on, may be answered by faults instead: undefined where there is none. */
export function mockServer(
  model: ChatModel,
  faults: (request: number) => Answer | undefined = () => undefined,
): Answer {
  let requests = 0;
  return async (response, request) => {
    if (request.path.endsWith("/models"))
      return status(200, { data: [{ id: model.name }] })(response, request);
    const fault = faults(requests++);
    if (fault !== undefined) return fault(response, request);
    const { messages, seed, ...body } = request.body as { messages: never[]; seed: number; stream?: boolean };
    const asked = { input: { messages, continueFinal: false }, seed, temperature: 1, topP: 1, stop: [] };
    const texts: string[] = [];
    for await (const { text } of model.complete(asked, new AbortController().signal)) texts.push(text);
    const usage = { prompt_tokens: 7, completion_tokens: 3 };
    if (!body.stream) {
      const choice = { index: 0, message: { content: texts.join("") }, finish_reason: "stop" };
      return status(200, { choices: [choice], usage })(response, request);
    }
    const last = `data: ${JSON.stringify({ choices: [], usage })}\n\n`;
    return stream(...texts.map((text) => chunk(text)), chunk("", "stop"), last, DONE)(response, request);
  };
}

export interface EvalScene extends FaultServer {
  readonly folder: string;
  readonly set: string;
  /** Calls the command with the server's model and the test's sets, unless told. @returns exit code, and all that was printed */
  run(
    options?: EvalOptions,
    surroundings?: Partial<EvalSurroundings>,
  ): Promise<{ code: number; text: string }>;
  /** The same of a call that fails: message and remedies. */
  mistake(options: EvalOptions, surroundings?: Partial<EvalSurroundings>): Promise<string>;
  /** Samples of the log in the scene's own folder of results, by problem and number. */
  samples(): ReturnType<typeof samplesOf>;
  readonly log: string;
}

/** A folder, a server, and problems. */
export async function evalScene(
  act: (scene: EvalScene) => Promise<void>,
  answer: Answer = mockServer(able),
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "reprise-eval-"));
  const out = join(folder, "out");
  const log = join(out, "samples.jsonl");
  try {
    await withFaultServer([answer], async (server) => {
      const set = problemFiles(folder);
      const base: EvalOptions = { model: server.url, set, n: "2", maxTokens: "50", out, figures: false };
      const call = async (options: EvalOptions, surroundings: Partial<EvalSurroundings> = {}) => {
        const lines: string[] = [];
        const code = await runEval(
          "olymmath",
          { ...base, ...options },
          {
            ...{ print: (line: string) => lines.push(line), stream: recordingStream() },
            ...{ folders: { given: undefined, cache: folder }, environment: {}, resamples: 20 },
            ...surroundings,
          },
        );
        return { code, text: lines.join("\n") };
      };
      await act({
        ...{ ...server, folder, set, log },
        run: (options = {}, surroundings) => call(options, surroundings),
        async mistake(options, surroundings) {
          const error: unknown = await call(options, surroundings).then(
            ({ text }) => new Error(`no mistake: ${text}`),
            (thrown) => thrown,
          );
          if (!(error instanceof CommandError)) throw error;
          return [error.message, ...error.remedies].join(" | ");
        },
        samples: async () => (await samplesOf(log)).sort((a, b) => (a.key < b.key ? -1 : 1)),
      });
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
