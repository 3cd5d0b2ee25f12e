import { existsSync } from "node:fs";
import { basename, resolve } from "node:path";
import { DataError } from "../data/error";
import { findManifest } from "../data/manifest";
import { type DataFolders, dataFolders, requireDataset } from "../data/store";
import { DEFAULT_LIMITS, startChatServer } from "../llm/chat";
import { ModelFileError } from "../llm/files";
import { loadPretrained, localModel, type PretrainedModel } from "../llm/generation";
import { TokenizerError } from "../llm/tokenizer";
import { disposeTree } from "../tensor";
import { CommandError } from "./errors";
import { parseMemory } from "./experiments";

/** The options as they are typed. */
export interface ServeOptions {
  /** A GGUF file, or a folder of Hugging Face's. Default: the data set {@link DEFAULT_MODEL}. */
  readonly model?: string;
  readonly name?: string;
  readonly host?: string;
  readonly port?: string;
  readonly apiKey?: string;
  readonly context?: string;
  readonly cache?: string;
  readonly running?: string;
  readonly queued?: string;
  readonly xla?: boolean;
}

export interface RunningServer {
  /** The address up to and including "/v1". */
  readonly url: string;
  /** What requests call the model. */
  readonly name: string;
  /** As the chat server's; then the model is freed. */
  close(grace?: number): Promise<void>;
}

const DEFAULT_MODEL = "smollm2-135m-instruct";
const DEFAULT_PORT = "8080";
/** Requests that take turns. */
const DEFAULT_RUNNING = "4";

/**
 * Loads a model and serves it.
 * @param print    is told what is being done, and of what goes wrong later
 * @param folders  where the default model is looked for
 * @throws CommandError where an option, the model or the address cannot be used
 */
export async function openServer(
  options: ServeOptions,
  print: (line: string) => void,
  folders: DataFolders = dataFolders(),
): Promise<RunningServer> {
  const port = wholeNumber(options.port ?? DEFAULT_PORT, "--port", 0, 65_535);
  const running = wholeNumber(options.running ?? DEFAULT_RUNNING, "--running", 1);
  const queued = wholeNumber(options.queued ?? String(DEFAULT_LIMITS.queued), "--queued", 0);
  const contextLength =
    options.context === undefined ? undefined : wholeNumber(options.context, "--context", 2);
  const cacheBytes = options.cache === undefined ? undefined : memoryOf(options.cache);
  const place = await placeOf(options.model, folders);
  const name = options.name ?? (options.model === undefined ? DEFAULT_MODEL : nameOf(place));

  print(`Loading ${place} ..`);
  const pretrained = loaded(place);
  const { model, dispose } = made(pretrained, { name, contextLength, cacheBytes, xla: options.xla });
  try {
    const server = await startChatServer({
      models: [model],
      host: options.host,
      port,
      apiKey: options.apiKey,
      limits: { running, queued },
      onError: (error, id) => print(`! request ${id}: ${(error as Error).stack ?? error}`),
    });
    return {
      url: server.url,
      name,
      async close(grace) {
        await server.close(grace);
        dispose();
      },
    };
  } catch (error) {
    dispose();
    throw addressError(error, port);
  }
}

/**
 * `reprise serve`: serves a model until Ctrl-C.
 * @returns 0, as Ctrl-C is how it ends; a second one ends the process with 130
 */
export async function serve(options: ServeOptions, print = console.log): Promise<number> {
  const server = await openServer(options, print);
  print(introduction(server, options.apiKey !== undefined));
  return untilSignal(server, print);
}

/** What a user sees when the server is ready. */
function introduction({ url, name }: Pick<RunningServer, "url" | "name">, hasKey: boolean): string {
  const body = JSON.stringify({
    model: name,
    messages: [{ role: "user", content: "What is the capital of France?" }],
  });
  return [
    `${name} is served at ${url}; Ctrl-C ends it.`,
    "",
    `  curl ${url}/chat/completions -H 'content-type: application/json' \\`,
    ...(hasKey ? ["    -H 'authorization: Bearer <the key>' \\"] : []),
    `    -d '${body.replace(/'/g, "'\\''")}'`,
  ].join("\n");
}

/** Closes the server at the first signal; a second one does not wait for what runs. */
async function untilSignal(server: RunningServer, print: (line: string) => void): Promise<number> {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const hurry = () => process.exit(130);
  await new Promise<void>((told) => {
    for (const signal of signals) process.once(signal, () => told());
  });
  for (const signal of signals) process.on(signal, hurry);
  print("Closing: what runs may finish, for ten seconds at most; Ctrl-C again ends it now.");
  try {
    await server.close();
  } finally {
    for (const signal of signals) process.off(signal, hurry);
  }
  return 0;
}

/** @throws CommandError where the model is not there */
async function placeOf(model: string | undefined, folders: DataFolders): Promise<string> {
  if (model !== undefined) {
    const place = resolve(model);
    if (existsSync(place)) return place;
    throw new CommandError(`there is no file or folder ${place}`, [
      "--model takes a GGUF file, or a folder with config.json, safetensors and tokenizer.json",
      `leave it out for ${DEFAULT_MODEL}`,
    ]);
  }
  try {
    const { paths } = await requireDataset(findManifest(DEFAULT_MODEL), folders);
    return paths.model!;
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    throw new CommandError(`the model ${DEFAULT_MODEL} cannot be used: ${error.message}`, [
      `npx reprise data fetch ${DEFAULT_MODEL}`,
      "or serve another one: npx reprise serve --model FILE.gguf",
    ]);
  }
}

/** "SmolLM2-135M-Instruct.Q4_1.gguf" is called "smollm2-135m-instruct.q4_1". */
function nameOf(place: string): string {
  return basename(place)
    .replace(/\.gguf$/i, "")
    .toLowerCase();
}

function loaded(place: string): PretrainedModel {
  try {
    return loadPretrained(place);
  } catch (error) {
    // Their messages name file and place, and say what to do.
    if (error instanceof ModelFileError || error instanceof TokenizerError)
      throw new CommandError(error.message);
    throw new CommandError(`${place} cannot be loaded: ${(error as Error).message}`, [
      "--model takes models of the Llama class (Llama, SmolLM2, Mistral, Qwen2) with byte-level BPE",
    ]);
  }
}

function made(pretrained: PretrainedModel, options: Parameters<typeof localModel>[1]) {
  const free = () => disposeTree(pretrained.model.weights);
  try {
    const model = localModel(pretrained, options);
    const dispose = () => {
      model.dispose();
      free();
    };
    return { model, dispose };
  } catch (error) {
    free();
    if (error instanceof RangeError) throw new CommandError(error.message);
    throw error;
  }
}

function addressError(error: unknown, port: number): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "EADDRINUSE")
    return new CommandError(`port ${port} is in use`, [
      "name another with --port, or 0 for any that is free",
    ]);
  if (code === "EACCES")
    return new CommandError(`port ${port} may not be used by this user`, [
      "name one from 1024 on with --port",
    ]);
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND")
    return new CommandError(`this machine has no such address (${message})`, [
      "leave --host out for 127.0.0.1",
    ]);
  if (error instanceof RangeError)
    return new CommandError(error.message, ["--api-key KEY, which requests must then carry"]);
  return error;
}

function wholeNumber(text: string, option: string, least: number, most = Number.MAX_SAFE_INTEGER): number {
  const value = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`;
  throw new CommandError(`${option} must be a whole number ${range}, not "${text}"`);
}

function memoryOf(text: string): number {
  if (text.trim() === "0") return 0;
  try {
    return parseMemory(text);
  } catch {
    throw new CommandError(`"${text}" is no amount of memory`, [
      "write --cache 512M or --cache 2G; 0 keeps nothing",
    ]);
  }
}
