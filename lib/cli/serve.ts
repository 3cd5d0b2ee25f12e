import { type DataFolders, dataFolders } from "../data/store";
import { DEFAULT_LIMITS, startChatServer } from "../llm/chat";
import { localModel, type PretrainedModel } from "../llm/generation";
import { disposeTree } from "../tensor";
import { CommandError } from "./errors";
import { parseMemory } from "./experiments";
import { modelName, modelPlace, readModel, SMALL_MODEL, smallModelPlace } from "./models";
import { wholeNumber } from "./numbers";

/** The options as they are typed. */
export interface ServeOptions {
  /** A GGUF file, or a folder of Hugging Face's. Default: the data set {@link SMALL_MODEL}. */
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
  const place =
    options.model === undefined
      ? await smallModelPlace(folders, "or serve another one: npx reprise serve --model FILE.gguf")
      : modelPlace(options.model, [`leave it out for ${SMALL_MODEL}`]);
  const name = options.name ?? (options.model === undefined ? SMALL_MODEL : modelName(place));

  print(`Loading ${place} ..`);
  const pretrained = readModel(place);
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
