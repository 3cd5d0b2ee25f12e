import type { ChatMessage, Usage } from "../../../llm/chat";
import type { PlannedSample } from "./plan";
import type { RunRecord } from "./record";
import type { SampleSettings } from "./settings";

export interface SampleRequest extends PlannedSample {
  readonly messages: readonly ChatMessage[];
  readonly settings: SampleSettings;
}

/** What a model answered. */
export interface Sampled {
  readonly text: string;
  readonly reasoning?: string;
  readonly finishReason: string;
  /** Left out where the server does not say. */
  readonly usage?: Usage;
  /** Of attempts that broke off before this one. */
  readonly lost?: Usage;
}

/** Where samples come from: a server, a model in this process, the log of another run. */
export interface SampleBackend {
  readonly kind: RunRecord["backend"];
  /** The model's name: a part of each sample's identity. */
  readonly model: string;
  /**
   * One completion. It may run beside others.
   * @throws SampleError where this sample fails, ServerResting where all have to wait; the signal's reason; anything else ends the run
   */
  sample(request: SampleRequest, signal: AbortSignal): Promise<Sampled>;
}

/** A sample that could not be drawn, while others may. */
export class SampleError extends Error {
  constructor(
    message: string,
    /** Tokens of its attempts all the same. */
    readonly lost: Usage | undefined,
    cause: unknown,
  ) {
    super(message, { cause });
    this.name = "SampleError";
  }
}

/** The server has failed so often in a row that it is left alone. */
export class ServerResting extends Error {
  constructor(
    message: string,
    /** Milliseconds. */
    readonly wait: number,
    /** Tokens of attempts before it. */
    readonly lost: Usage | undefined,
  ) {
    super(message);
    this.name = "ServerResting";
  }
}
