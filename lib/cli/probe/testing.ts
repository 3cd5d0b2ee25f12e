import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Answer,
  chunk,
  DONE,
  type FaultServer,
  status,
  stream,
  withFaultServer,
} from "../../llm/chat/testing";
import type { Problem, ProblemSet } from "../../papers/olymmath";
import { CommandError } from "../errors";
import { problemFiles, TEST_SETS } from "../eval/testing";
import { recordingStream } from "../testing";
import { runProbe } from "./index";
import type { ProbeCommandOptions } from "./options";

/** Made-up problems that differ from the first word on: four in each language. */
const SETS: readonly ProblemSet[] = TEST_SETS.map((set) => ({
  ...set,
  problems: set.problems.map((problem) => ({ ...problem, text: `${problem.id}: ${problem.text}` })),
}));

/** What the server makes of a problem. */
export const otherWords = (text: string, seed: number) => text.replace(" ", `.${seed} put otherwise: `);

/**
 * A server that rewrites by chat, and continues the texts that it knows by heart, up to the length of a word a token; of others it says the same word.
 * @param knows   of each problem
 * @param faults  answers some requests for a rewriting instead
 */
export function memoryServer(
  knows: (problem: Problem) => readonly string[],
  faults: (request: number) => Answer | undefined = () => undefined,
): Answer {
  const known = SETS.flatMap((set) => set.problems).flatMap((problem) =>
    knows(problem).map((text) => `${text} ${problem.answer}`),
  );
  let requests = 0;
  return (response, request) => {
    const {
      prompt,
      messages,
      seed,
      max_tokens: most,
    } = request.body as {
      prompt: string;
      messages: { content: string }[];
      seed: number;
      max_tokens: number;
    };
    if (request.path.endsWith("/models"))
      return status(200, { data: [{ id: "elephant" }] })(response, request);
    if (request.path.endsWith("/chat/completions")) {
      const fault = faults(requests++);
      if (fault !== undefined) return fault(response, request);
      const text = messages[0].content.split("\n\n")[1];
      return stream(chunk(otherWords(text, seed), "stop"), DONE)(response, request);
    }
    const found = known.find((text) => text.startsWith(prompt));
    const words = found?.slice(prompt.length).split(/(?=[ ])/) ?? [" zebra"];
    const text = words.slice(0, most).join("");
    return status(200, { choices: [{ text, finish_reason: "length" }] })(response, request);
  };
}

export interface ProbeScene extends FaultServer {
  readonly folder: string;
  /** Calls the command with the server's model and the test's sets, unless told. @returns exit code, and all that was printed */
  run(options?: ProbeCommandOptions): Promise<{ code: number; text: string }>;
  /** The same of a call that fails: message and remedies. */
  mistake(options: ProbeCommandOptions): Promise<string>;
  /** Lines of the file of rewritings. */
  rewritings(): string[];
  /** Texts of the results, by the names of their folders. */
  results(): Record<string, string>;
  /** How often rewritings were asked for. */
  asked(): number;
}

/** A folder, a server, and problems. */
export async function probeScene(answer: Answer, act: (scene: ProbeScene) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "reprise-probe-"));
  const out = join(folder, "out");
  try {
    await withFaultServer([answer], async (server) => {
      const base: ProbeCommandOptions = { model: server.url, set: problemFiles(folder, SETS), out };
      const call = async (options: ProbeCommandOptions = {}) => {
        const lines: string[] = [];
        const code = await runProbe(
          "olymmath",
          { ...base, ...options },
          {
            ...{ print: (line: string) => lines.push(line), stream: recordingStream() },
            ...{ folders: { given: undefined, cache: folder }, environment: {}, resamples: 50 },
          },
        );
        return { code, text: lines.join("\n") };
      };
      await act({
        ...server,
        folder,
        run: call,
        async mistake(options) {
          const error: unknown = await call(options).then(
            ({ text }) => new Error(`no mistake: ${text}`),
            (thrown) => thrown,
          );
          if (!(error instanceof CommandError)) throw error;
          return [error.message, ...error.remedies].join(" | ");
        },
        rewritings: () => readFileSync(join(out, "rewrites.jsonl"), "utf8").split("\n").slice(0, -1),
        results: () =>
          Object.fromEntries(
            readdirSync(out)
              .filter((name) => !name.includes("."))
              .map((name) => [name, readFileSync(join(out, name, "contamination.json"), "utf8")]),
          ),
        asked: () => server.requests.filter(({ path }) => path.endsWith("/chat/completions")).length,
      });
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
