import { type ChatClient, type ChatClientOptions, ChatError, createChatClient } from "../../llm/chat";
import { endpointBackend } from "../../papers/olymmath";
import { estimatedPrompt } from "../../papers/olymmath/sampling/usage";
import { CommandError } from "../errors";
import type { OpenedModel } from "./models";
import type { EvalOptions, EvalRequest } from "./options";

/** Milliseconds until a server must have told which models it has. */
const PATIENCE = 10_000;
/** Of a request's time, how long nothing may come: many servers keep a model's thoughts to themselves, and are silent for as long as it thinks. */
const SILENT_SHARE = 0.5;

/** What a client keeps to. */
export type ClientLimits = Pick<
  ChatClientOptions,
  "concurrency" | "requestsPerMinute" | "tokensPerMinute" | "timeouts"
>;

/** A client of a server's model, and what is known of it. */
export interface OpenedClient extends Pick<OpenedModel, "place" | "explained"> {
  readonly client: ChatClient;
  /** What the server calls the model. */
  readonly model: string;
}

/**
 * A model behind a server. Whether the server is there, and lets us in, is seen before anything is drawn.
 * @throws CommandError where it cannot be used
 */
export async function openServer(
  url: string,
  options: Pick<EvalOptions, "name" | "apiKeyEnv">,
  environment: NodeJS.ProcessEnv,
  { concurrency, access }: Pick<EvalRequest, "concurrency" | "access">,
): Promise<OpenedModel> {
  const { timeout, streams, ...rates } = access;
  const limits = { concurrency, ...rates, timeouts: { total: timeout, idle: SILENT_SHARE * timeout } };
  const { client, model, place, explained } = await openClient(url, options, environment, limits);
  return {
    ...{ place, explained },
    backend: endpointBackend(client, { model, stream: streams }),
    countPrompt: estimatedPrompt,
    isLocal: false,
    close: client.close,
  };
}

/** A client for requests of any kind; they need not name the model. @throws as `openServer` */
export async function openClient(
  url: string,
  { name, apiKeyEnv }: Pick<EvalOptions, "name" | "apiKeyEnv">,
  environment: NodeJS.ProcessEnv,
  limits: ClientLimits = {},
): Promise<OpenedClient> {
  const access = {
    baseUrl: url,
    apiKey: apiKeyEnv === undefined ? undefined : keyOf(apiKeyEnv, environment),
  };
  const models = await modelsOf(access, url);
  const model = name ?? onlyModel(models, url);
  return {
    ...{ place: url, model, client: createChatClient({ ...access, ...limits, model }) },
    explained: (error) => serverError(error, { url, model, models }),
  };
}

/** The names of the server's models; none where it does not tell. */
async function modelsOf(
  access: { readonly baseUrl: string; readonly apiKey?: string },
  url: string,
): Promise<readonly string[]> {
  let client: ChatClient;
  try {
    client = createChatClient({
      ...access,
      retry: { attempts: 1 },
      timeouts: { connect: PATIENCE, firstByte: PATIENCE, total: PATIENCE },
    });
  } catch (error) {
    if (error instanceof RangeError) throw new CommandError(error.message);
    throw error;
  }
  try {
    return await client.models();
  } catch (error) {
    // Not every server has a list.
    if (error instanceof ChatError && ["notFound", "protocol", "badRequest"].includes(error.kind)) return [];
    throw serverError(error, { url, models: [] });
  } finally {
    client.close();
  }
}

function onlyModel(models: readonly string[], url: string): string {
  if (models.length === 1) return models[0];
  throw new CommandError(
    models.length === 0
      ? `the server at ${url} does not tell which models it has`
      : `the server at ${url} has ${models.length} models`,
    [
      "say with --name which one is to answer",
      ...(models.length === 0
        ? ["an address mostly ends in /v1"]
        : [
            `there are: ${models.slice(0, SHOWN_MODELS).join(", ")}${models.length > SHOWN_MODELS ? ", .." : ""}`,
          ]),
    ],
  );
}

const SHOWN_MODELS = 12;

/** What a person can do about a server's refusal; other errors stay as they are. */
function serverError(
  error: unknown,
  {
    url,
    model,
    models,
  }: { readonly url: string; readonly model?: string; readonly models: readonly string[] },
): unknown {
  if (!(error instanceof ChatError)) return error;
  const { kind, message } = error;
  if (kind === "authentication" || kind === "permission")
    return new CommandError(`the server at ${url} does not let us in: ${message}`, [
      "--api-key-env NAME: the environment variable that holds the key",
    ]);
  if (kind === "quota")
    return new CommandError(`the account at ${url} is used up: ${message}`, [
      "what was drawn is kept: the same command goes on when there is credit again",
    ]);
  if (kind === "notFound")
    return new CommandError(`the server at ${url} does not know the model ${model}: ${message}`, [
      ...(models.length > 0 ? [`--name takes one of: ${models.slice(0, SHOWN_MODELS).join(", ")}`] : []),
      "an address mostly ends in /v1",
    ]);
  return new CommandError(`the server at ${url} cannot be used: ${message}`, [
    "is it running, and is the address right? It mostly ends in /v1",
    "npx reprise serve starts one with a small model",
  ]);
}

/** @throws CommandError where the variable is not set */
function keyOf(variable: string, environment: NodeJS.ProcessEnv): string {
  const key = environment[variable];
  if (key) return key;
  throw new CommandError(`the environment variable ${variable} is not set`, [
    `export ${variable}=.. with the server's key`,
  ]);
}
