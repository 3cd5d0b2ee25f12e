import { setMaxListeners } from "node:events";
import {
  type PlannedSample,
  promptOf,
  SampleError,
  type SampleSettings,
  ServerResting,
} from "../../papers/olymmath";
import { CommandError } from "../errors";
import type { OpenedModel } from "./models";

/** Tokens of each completion of the probe. */
const PROBE_TOKENS = 32;

/**
 * How fast a model writes, in tokens a second: as many short completions as later run side by side, after a first token that compiles and connects whatever is
 * to be compiled and connected. Prompts are read in this time too, so that a run of longer completions is quicker than it tells. Nothing is stored.
 * @throws CommandError where no completion comes
 */
export async function measureSpeed(
  { backend, explained }: Pick<OpenedModel, "backend" | "explained">,
  samples: readonly PlannedSample[],
  settings: SampleSettings,
): Promise<number> {
  const { signal } = new AbortController(); // whoever interrupts it ends the process
  setMaxListeners(0, signal);
  const draw = async (some: readonly PlannedSample[], maxTokens: number) => {
    const short = { ...settings, maxTokens };
    const asked = some.map((sample) =>
      backend.sample({ ...sample, settings: short, messages: promptOf(sample.problem) }, signal),
    );
    const drawn = await Promise.all(asked);
    // Where the server does not count, all that was asked for is taken to have come.
    return drawn.reduce((sum, { usage }) => sum + (usage?.completionTokens ?? maxTokens), 0);
  };
  try {
    await draw(samples.slice(0, 1), 1);
    const begun = performance.now();
    const tokens = await draw(samples, Math.min(PROBE_TOKENS, settings.maxTokens));
    return (1_000 * tokens) / (performance.now() - begun);
  } catch (error) {
    if (error instanceof SampleError || error instanceof ServerResting)
      throw new CommandError(`the model does not answer: ${error.message}`, ["nothing was stored"]);
    throw explained(error);
  }
}
