import type { DataFolders } from "../../data/store";
import { type ChatClient, ChatError, createChatClient } from "../../llm/chat";
import { CommandError } from "../errors";
import { localPlace } from "../eval/models";
import { openClient } from "../eval/server";
import { openServer } from "../serve";
import type { ModelRequest } from "./options";

/** A model that completes bare text and follows instructions, wherever it runs. */
export interface ProbeModel {
  readonly name: string;
  /** Its address, file or folder. */
  readonly place: string;
  /** Of its file, or of the files in its folder; a server's is not known. */
  readonly sha256?: string;
  readonly client: ChatClient;
  /** An error of the client as a person is to read it; what is none of its own stays as it is. */
  readonly explained: (error: unknown) => unknown;
  close(): Promise<void>;
}

export interface ModelSurroundings {
  readonly folders: DataFolders;
  readonly environment: NodeJS.ProcessEnv;
  readonly print: (line: string) => void;
  /** Requests side by side. */
  readonly concurrency: number;
}

/** @throws CommandError where there is no such model, or it cannot be used */
export async function openProbeModel(
  { choice, options }: ModelRequest,
  { folders, environment, print, concurrency }: ModelSurroundings,
): Promise<ProbeModel> {
  if (choice.kind === "server") {
    const { model, client, place, explained } = await openClient(choice.url, options, environment, {
      concurrency,
    });
    return { name: model, place, client, explained, close: async () => client.close() };
  }
  if (choice.kind !== "small" && choice.kind !== "file")
    throw new RangeError(`A model of the kind ${choice.kind} completes no text.`);
  const { place, name, sha256 } = await localPlace(choice, options, folders);
  // The very server of `reprise serve`: the model is asked as any other one is.
  const server = await openServer(
    { model: place, name, port: "0", running: "1", queued: String(concurrency) },
    print,
    folders,
  );
  const client = createChatClient({ baseUrl: server.url, model: name, concurrency });
  return {
    ...{ name, place, sha256, client },
    explained: (error) =>
      error instanceof ChatError ? new CommandError(`${name} gives no answer: ${error.message}`) : error,
    async close() {
      client.close();
      await server.close();
    },
  };
}

/** Whether the model completes bare text at all is seen before anything is rewritten. @throws CommandError */
export async function checkCompletion({ client, place, explained }: ProbeModel): Promise<void> {
  try {
    await client.complete({ prompt: "Let", maxTokens: 1, temperature: 0 }, { stream: false });
  } catch (error) {
    if (error instanceof ChatError && ["notFound", "badRequest", "protocol"].includes(error.kind))
      throw new CommandError(`${place} does not complete bare text: ${error.message}`, [
        "the probe needs /v1/completions, as vLLM, llama.cpp and npx reprise serve have it: chat alone will not do",
        "is the model's name right? --name says which one is to answer",
      ]);
    throw explained(error);
  }
}
