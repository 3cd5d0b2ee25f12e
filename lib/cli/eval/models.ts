import { createHash } from "node:crypto";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { DataError } from "../../data/error";
import { sha256OfFile } from "../../data/hash";
import type { DataFolders } from "../../data/store";
import type { ChatMessage } from "../../llm/chat";
import { engine, type PretrainedModel, promptTokens } from "../../llm/generation";
import { batchedBackend, forEachSample, replayBackend, type SampleBackend } from "../../papers/olymmath";
import { configSchema } from "../../papers/olymmath/config";
import { estimatedPrompt } from "../../papers/olymmath/sampling/usage";
import { IN_HOUSE_BANNER, loadInHouse } from "../../papers/olymmath/synthetic";
import { IN_HOUSE_NAME } from "../../papers/olymmath/synthetic/inHouse/chat";
import { disposeTree } from "../../tensor";
import { CommandError } from "../errors";
import { modelName, modelPlace, readModel, SMALL_MODEL, smallModelPlace } from "../models";
import { openStore } from "../store";
import { type EvalOptions, type EvalRequest, MODEL_REMEDIES, type ModelChoice } from "./options";
import { openServer } from "./server";

/** A model that answers, and what is known of it. */
export interface OpenedModel {
  readonly backend: SampleBackend;
  /** Its address, file or folder. */
  readonly place: string;
  /** Tokens of a prompt, exactly or by estimate. */
  readonly countPrompt: (messages: readonly ChatMessage[]) => number;
  /** It runs in this process: to try it out costs nothing. */
  readonly isLocal: boolean;
  /** Tokens of prompt and completion together, where that is known. */
  readonly contextLength?: number;
  /** Most tokens of an answer where nobody says. */
  readonly usualTokens?: number;
  /** Samples of a problem that it has, of a recording. */
  readonly recorded?: number;
  /** What stands above all of its scores. */
  readonly notices?: readonly string[];
  /** An error of the backend as a person is to read it; what is none of its own stays as it is. */
  readonly explained: (error: unknown) => unknown;
  close(): void;
}

/** @throws CommandError where there is no such model, or it cannot be used */
export async function openModel(
  request: EvalRequest,
  options: EvalOptions,
  { folders, environment }: { readonly folders: DataFolders; readonly environment: NodeJS.ProcessEnv },
): Promise<OpenedModel> {
  const { choice, concurrency } = request;
  if (choice.kind === "server") return openServer(choice.url, options, environment, request);
  if (choice.kind === "replay") return openRecording(choice.file);
  if (choice.kind === "in-house") return openInHouse(options.weights, concurrency);
  const { place, name } = await localPlace(choice, options, folders);
  return local(place, readModel(place), name, concurrency);
}

/**
 * Where a model of this machine lies, and what it is called: two files of one name are two models, and their answers must not come into one log.
 * @throws CommandError where it is not there
 */
export async function localPlace(
  choice: Extract<ModelChoice, { readonly kind: "small" | "file" }>,
  options: Pick<EvalOptions, "name">,
  folders: DataFolders,
): Promise<{ readonly place: string; readonly name: string; readonly sha256: string }> {
  if (choice.kind === "small") {
    const place = await smallModelPlace(folders, "or name a file: --model FILE.gguf");
    return { place, name: options.name ?? SMALL_MODEL, sha256: await digestOf(place) };
  }
  const place = modelPlace(choice.file, MODEL_REMEDIES);
  const sha256 = await digestOf(place);
  return { place, name: `${options.name ?? modelName(place)}-${sha256.slice(0, 8)}`, sha256 };
}

function local(place: string, pretrained: PretrainedModel, name: string, concurrency: number): OpenedModel {
  const free = () => disposeTree(pretrained.model.weights);
  try {
    const made = engine(pretrained);
    return {
      place,
      backend: batchedBackend(made, { model: name, batchSize: concurrency }),
      countPrompt: (messages) => promptTokens(made.tokenizer, { messages, continueFinal: false }).length,
      isLocal: true,
      contextLength: made.contextLength,
      explained: (error) => error,
      close() {
        made.dispose();
        free();
      },
    };
  } catch (error) {
    free();
    if (error instanceof RangeError) throw new CommandError(error.message);
    throw error;
  }
}

async function openInHouse(weights: string | undefined, concurrency: number): Promise<OpenedModel> {
  const file = weights === undefined ? newestWeights() : resolve(weights);
  if (file === undefined || !existsSync(file))
    throw new CommandError(
      file === undefined ? "there is no trained in-house model yet" : `there is no file ${file}`,
      [
        "npx reprise ablate olymmath main --seeds 1 trains one",
        "--weights FILE takes the weights of another",
      ],
    );
  let made: ReturnType<typeof loadInHouse>;
  try {
    made = loadInHouse(file);
  } catch (error) {
    throw new CommandError((error as Error).message);
  }
  const name = `${IN_HOUSE_NAME}-${(await sha256OfFile(file)).slice(0, 8)}`;
  const { maxTokens: usualTokens } = configSchema.parse({});
  return { ...local(file, made, name, concurrency), usualTokens, notices: [IN_HOUSE_BANNER] };
}

/** The weights that the newest run of the experiment has left. */
function newestWeights(): string | undefined {
  const runs = openStore().list("olymmath");
  return runs
    .sort((a, b) => (a.provenance.date < b.provenance.date ? 1 : -1))
    .flatMap(({ folder }) => readdirSync(folder).map((name) => join(folder, name)))
    .find((file) => file.endsWith(".safetensors"));
}

async function openRecording(file: string): Promise<OpenedModel> {
  try {
    const backend = await replayBackend(file);
    let most = 0;
    await forEachSample(file, ({ sample }) => {
      most = Math.max(most, sample + 1);
    });
    return {
      ...{ backend, place: resolve(file) },
      countPrompt: estimatedPrompt,
      isLocal: true,
      recorded: most,
      explained: (error) => error,
      close: () => {},
    };
  } catch (error) {
    if (error instanceof DataError) throw new CommandError(error.message);
    throw error;
  }
}

/** Of a file, or of all files of weights and settings in a folder. */
async function digestOf(place: string): Promise<string> {
  if (!statSync(place).isDirectory()) return sha256OfFile(place);
  const hash = createHash("sha256");
  for (const name of readdirSync(place).sort())
    if (/\.(safetensors|json|jinja)$/.test(name))
      hash.update(`${name} ${await sha256OfFile(join(place, name))}\n`);
  return hash.digest("hex");
}
