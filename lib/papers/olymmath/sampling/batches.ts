import { setImmediate as eventLoop } from "node:timers/promises";
import { type Engine, generateBatch, promptTokens } from "../../../llm/generation";
import type { SampleBackend, Sampled, SampleRequest } from "./backend";

export interface BatchedOptions {
  /** The model's name. */
  readonly model: string;
  /** Most samples that are drawn side by side. */
  readonly batchSize: number;
}

/** A sample that somebody waits for. */
interface Waiting {
  readonly request: SampleRequest;
  readonly signal: AbortSignal;
  readonly resolve: (sampled: Sampled) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Samples from a model in this process, drawn side by side: what is asked for while a batch is drawn makes the next one. A token of a batch takes little longer
 * than one of a single sample, since the weights are read once for all. What is drawn depends on the sample's own seed, and on its neighbours only through
 * the rounding of the logits.
 * @param engine  its context must have room for each prompt and the tokens that are asked for
 */
export function batchedBackend(engine: Engine, { model, batchSize }: BatchedOptions): SampleBackend {
  let waiting: Waiting[] = [];
  let isWorking = false;

  async function work(): Promise<void> {
    isWorking = true;
    for (;;) {
      await eventLoop(); // whoever asks at the same time has asked now
      const { settings } = waiting[0]?.request ?? {};
      const batch = waiting.filter(({ request }) => request.settings === settings).slice(0, batchSize);
      if (batch.length === 0) break;
      waiting = waiting.filter((one) => !batch.includes(one));
      await drawBatch(engine, batch);
    }
    isWorking = false;
  }

  return {
    kind: "in-process",
    model,
    sample: (request, signal) =>
      new Promise((resolve, reject) => {
        waiting.push({ request, signal, resolve, reject });
        if (!isWorking) void work();
      }),
  };
}

/** Draws a batch to its end, or until nobody waits for it. It never throws: who waits is told. */
async function drawBatch(engine: Engine, batch: readonly Waiting[]): Promise<void> {
  const isGivenUp = () => batch.every(({ signal }) => signal.aborted);
  try {
    if (isGivenUp()) throw batch[0].signal.reason;
    const { seed: _, ...sampling } = batch[0].request.settings;
    const prompts = batch.map(({ request: { messages, seed } }) => ({
      tokens: promptTokens(engine.tokenizer, { messages, continueFinal: false }),
      seed,
    }));
    const onStep = () => {
      if (isGivenUp()) throw batch[0].signal.reason;
    };
    const completions = await generateBatch(engine, prompts, { ...sampling, onStep });
    for (const [row, { signal, resolve, reject }] of batch.entries()) {
      const [{ text, tokens, finishReason }] = completions[row];
      const usage = { promptTokens: prompts[row].tokens.length, completionTokens: tokens.length };
      if (signal.aborted) reject(signal.reason);
      else resolve({ text, finishReason, usage });
    }
  } catch (error) {
    for (const { signal, reject } of batch) reject(signal.aborted ? signal.reason : error);
  }
}
