import { type ChatClient, ChatError, type ChatErrorKind, type Delta, type Usage } from "../../../llm/chat";
import { type SampleBackend, SampleError, type SampleRequest, ServerResting } from "./backend";
import { addUsage, estimatedPrompt, estimatedTokens, NO_USAGE } from "./usage";

export interface EndpointOptions {
  /** The name that requests call it by. */
  readonly model: string;
  /** Default true. */
  readonly stream?: boolean;
}

/** Failures that every sample would meet: the run ends, and the error says what to mend. */
const HOPELESS: readonly ChatErrorKind[] = ["authentication", "permission", "notFound", "quota"];

/**
 * Samples from a server of OpenAI's protocol: one request a sample, with its own seed. Retries, time-outs, rates and the rest for a server that fails are the
 * client's; what attempts used that broke off is counted by estimate.
 */
export function endpointBackend(client: ChatClient, { model, stream }: EndpointOptions): SampleBackend {
  return {
    kind: "endpoint",
    model,
    async sample(request, signal) {
      const attempts: Attempt[] = [];
      const { temperature, topP, minP, maxTokens, extra = {} } = request.settings;
      const body = {
        model,
        messages: request.messages,
        temperature,
        topP,
        maxTokens,
        seed: request.seed,
        ...(minP === 0 ? {} : { minP }), // not every server knows it
        // The client leaves fields out that are undefined.
        extra: Object.fromEntries(Object.entries(extra).map(([name, value]) => [name, value ?? undefined])),
      };
      try {
        const reply = await client.complete(body, { signal, stream, watch: () => watched(attempts) });
        const { text, reasoning, finishReason, usage } = reply;
        const lost = lostTokens(request, attempts.slice(0, -1));
        return {
          text,
          finishReason,
          ...(reasoning === "" ? {} : { reasoning }),
          ...(usage ? { usage } : {}),
          ...(lost ? { lost } : {}),
        };
      } catch (error) {
        if (!(error instanceof ChatError) || error.kind === "aborted" || HOPELESS.includes(error.kind))
          throw error;
        const lost = lostTokens(request, attempts);
        if (error.kind === "circuitOpen") throw new ServerResting(error.message, error.retryAfter ?? 0, lost);
        throw new SampleError(`${error.kind}: ${error.message}`, lost, error);
      }
    },
  };
}

/** An attempt that the server had begun to answer. */
interface Attempt {
  bytes: number;
}

function watched(attempts: Attempt[]): (delta: Delta) => boolean {
  const attempt = { bytes: 0 };
  attempts.push(attempt);
  return ({ text, reasoning }) => {
    attempt.bytes += Buffer.byteLength(text) + Buffer.byteLength(reasoning);
    return false;
  };
}

function lostTokens({ messages }: SampleRequest, attempts: readonly Attempt[]): Usage | undefined {
  const begun = attempts.filter(({ bytes }) => bytes > 0);
  if (begun.length === 0) return undefined;
  const promptTokens = estimatedPrompt(messages);
  return begun.reduce<Usage>(
    (sum, { bytes }) => addUsage(sum, { promptTokens, completionTokens: estimatedTokens(bytes) }),
    NO_USAGE,
  );
}
