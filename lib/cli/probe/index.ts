import { join, resolve } from "node:path";
import { DataError } from "../../data/error";
import { digest } from "../../experiment/identity";
import { storeFolder } from "../../experiment/store";
import {
  contamination,
  NothingWritten,
  type ProblemSet,
  PUBLISHED_PROBE,
  probedClient,
  rewriteAll,
  rewriteByClient,
} from "../../papers/olymmath";
import { CommandError } from "../errors";
import { setsOf } from "../eval";
import { type EvalSurroundings, ofProcess } from "../eval/surroundings";
import { statusLine } from "../statusLine";
import { INTERRUPTED } from "../sweep";
import { checkCompletion, openProbeModel, type ProbeModel } from "./models";
import { ofRewriter, type ProbeCommandOptions, type ProbeRequest, parseProbeOptions } from "./options";
import { countdown } from "./progress";
import { type ProbedSet, type ProbeSettings, probeText, textsOf, writeProbe } from "./result";
import { countRewritings, type Rewriter, remembered, withRewriteFile } from "./rewriteFile";

/** What the command needs of the world around it. */
export type ProbeSurroundings = Omit<EvalSurroundings, "ask">;

/**
 * `reprise probe olymmath`: whether a model knows the problems of a benchmark by heart. Rewritings that were made before are used again.
 * @returns the exit code: 130 after Ctrl-C
 * @throws CommandError for what a person can mend
 */
export async function runProbe(
  benchmark: string,
  options: ProbeCommandOptions,
  surroundings: ProbeSurroundings = ofProcess(),
): Promise<number> {
  if (benchmark !== "olymmath")
    throw new CommandError(`there is no benchmark "${benchmark}"`, ["there is: olymmath"]);
  const request = parseProbeOptions(options);
  const opened: ProbeModel[] = [];
  try {
    const sets = await setsOf({ ...request, choice: request.model.choice }, surroundings.folders);
    const model = await openProbeModel(request.model, { ...surroundings, concurrency: request.concurrency });
    opened.push(model);
    let rewriter = model;
    if (request.rewriter !== undefined) {
      rewriter = await openRewriter(request, surroundings);
      opened.push(rewriter);
    }
    return await probe({ request, options, sets, model, rewriter }, surroundings);
  } catch (error) {
    if (error instanceof DataError) throw new CommandError(error.message);
    throw error;
  } finally {
    for (const { close } of opened) await close();
  }
}

async function openRewriter(
  { rewriter, concurrency }: ProbeRequest,
  surroundings: ProbeSurroundings,
): Promise<ProbeModel> {
  try {
    const made = await openProbeModel(rewriter!, { ...surroundings, concurrency });
    return { ...made, explained: (error) => ofRewriter(made.explained(error)) };
  } catch (error) {
    throw ofRewriter(error);
  }
}

interface Probe {
  readonly request: ProbeRequest;
  readonly options: ProbeCommandOptions;
  readonly sets: readonly ProblemSet[];
  readonly model: ProbeModel;
  readonly rewriter: ProbeModel;
}

async function probe(work: Probe, surroundings: ProbeSurroundings): Promise<number> {
  const { request, options, sets, model, rewriter } = work;
  const { print } = surroundings;
  const settings = settingsOf(request);
  const root = options.out === undefined ? join(storeFolder(), "probe", "olymmath") : resolve(options.out);
  const rewrites =
    options.rewritesFile === undefined ? join(root, "rewrites.jsonl") : resolve(options.rewritesFile);
  const result = join(root, folderName(work, settings), "contamination.json");
  const missing = missingRewritings(work, rewrites);
  const problems = sets.reduce((sum, set) => sum + set.problems.length, 0);
  const completions = problems * settings.starts * (1 + settings.rewrites);
  print(
    [
      `${model.name} on ${sets.map((set) => `${set.synthetic ? "SYNTH-" : ""}${set.name} (${set.problems.length} problems)`).join(", ")}`,
      `Completions: ${completions} at most, each of ${settings.tokens} tokens`,
      `Rewritings:  ${missing} to write by ${rewriter.name}, each of at most ${settings.rewriteTokens} tokens; ${problems * settings.rewrites - missing} are there`,
      `Model:       ${model.place}`,
      `Rewriter:    ${rewriter.place}`,
      `Kept in:     ${rewrites}`,
      "",
    ].join("\n"),
  );
  if (options.dryRun) return 0;
  await checkCompletion(model);
  const stop = new AbortController();
  const interrupt = () => {
    if (stop.signal.aborted) process.exit(INTERRUPTED);
    stop.abort();
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  try {
    const counts = { missing, completions };
    const found = await probeSets(work, { rewrites, counts, signal: stop.signal }, surroundings);
    writeProbe(result, { model, rewriter, settings, sets: found });
    print(`${probeText({ sets: found, settings })}\nResult: ${result}`);
    return 0;
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    print("Stopped. The rewritings are kept: the same command goes on with them.");
    return INTERRUPTED;
  } finally {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  }
}

interface Going {
  /** The file of rewritings. */
  readonly rewrites: string;
  readonly counts: { readonly missing: number; readonly completions: number };
  readonly signal: AbortSignal;
}

/** Rewrites what is not rewritten, then asks the model. */
async function probeSets(
  { request, sets, model, rewriter }: Probe,
  { rewrites: path, counts, signal }: Going,
  { stream, resamples }: ProbeSurroundings,
): Promise<ProbedSet[]> {
  const { rewrites, seed, concurrency, rewriting } = request;
  const status = statusLine(stream);
  try {
    const rewritten = await withRewriteFile(path, async (file) => {
      const onNew = countdown(status, counts.missing, "rewritings");
      const write = rewriteByClient(rewriter.client, rewriting);
      const rewrite = remembered(write, file, writerOf(request, rewriter), onNew);
      const all: ProbedSet["rewritten"][] = [];
      for (const { problems } of sets)
        all.push(await rewriteAll(problems, rewrite, { rewrites, seed, concurrency, signal }));
      return all;
    }).catch((error) => {
      throw explainedRewriting(error, rewriter);
    });
    const tell = countdown(status, counts.completions, "completions");
    let foretold = 0;
    const onCompletion = (isForetold: boolean) => {
      foretold += Number(isForetold);
      tell(`${foretold} foretold`);
    };
    const found: ProbedSet[] = [];
    for (const [at, set] of sets.entries()) {
      const texts = textsOf(rewritten[at]);
      const asked = probedClient(model.client);
      const made = await contamination(set.problems, texts, asked, {
        ...{ seed, concurrency, resamples, onCompletion, signal },
      }).catch((error) => {
        throw model.explained(error);
      });
      found.push({ set, rewritten: rewritten[at], found: made });
    }
    return found;
  } finally {
    status.stop();
  }
}

function explainedRewriting(error: unknown, rewriter: ProbeModel): unknown {
  if (error instanceof NothingWritten)
    return new CommandError(error.message, [
      "--rewrite-tokens N gives it room for its thoughts",
      "--rewriter names another model; what was rewritten is kept",
    ]);
  return rewriter.explained(error);
}

function settingsOf({ rewrites, seed, rewriting }: ProbeRequest): ProbeSettings {
  const { starts, tokens } = PUBLISHED_PROBE;
  return {
    ...{ starts, tokens, rewrites, seed },
    ...{ rewriteTemperature: rewriting.temperature, rewriteTokens: rewriting.maxTokens },
  };
}

function writerOf({ rewriting }: ProbeRequest, { name }: ProbeModel): Rewriter {
  return { rewriter: name, ...rewriting };
}

function missingRewritings({ request, sets, rewriter }: Probe, path: string): number {
  const { rewrites, seed } = request;
  const problems = sets.flatMap((set) => set.problems);
  const seeds = Array.from({ length: rewrites }, (_, copy) => seed + copy);
  const there = countRewritings(path, problems, writerOf(request, rewriter), seeds);
  return problems.length * rewrites - there;
}

/** "<model>-<digest of all that a result depends on>": one probe's result never takes the place of another's. */
function folderName({ model, rewriter, sets }: Probe, settings: ProbeSettings): string {
  const plain = model.name.replace(/[^A-Za-z0-9._-]+/g, "-").slice(0, 80);
  const asked = sets.map(({ name, sha256, problems }) => [name, sha256, problems.length]);
  return `${plain}-${digest({ model: model.name, rewriter: rewriter.name, asked, ...settings }).slice(0, 8)}`;
}
