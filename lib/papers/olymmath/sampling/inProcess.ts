import { type ChatModel, ModelInputError } from "../../../llm/chat";
import { type SampleBackend, SampleError } from "./backend";

/** Samples from a model in this process. */
export function inProcessBackend(model: ChatModel): SampleBackend {
  return {
    kind: "in-process",
    model: model.name,
    async sample({ messages, seed, settings: { seed: _, extra: __, ...sampling } }, signal) {
      const input = { messages, continueFinal: false };
      let text = "";
      try {
        for await (const piece of model.complete({ ...sampling, input, seed, stop: [] }, signal)) {
          text += piece.text;
          const { finishReason, usage } = piece;
          if (finishReason !== undefined) return { text, finishReason, usage };
        }
      } catch (error) {
        if (error instanceof ModelInputError) throw new SampleError(error.message, undefined, error);
        throw error;
      }
      signal.throwIfAborted();
      throw new Error(`The model ${model.name} ended without a finish reason.`);
    },
  };
}
