import { DataError } from "../../../data/error";
import { type SampleBackend, SampleError } from "./backend";
import type { AnsweredRecord } from "./record";
import { forEachSample } from "./sampleLog";

/**
 * Gives the answers of a log again, under the name of the model that gave them, whatever the settings. It holds them in memory.
 * @throws DataError where the log cannot be read, has no answers, or answers of several models
 */
export async function replayBackend(path: string): Promise<SampleBackend> {
  const recorded = new Map<string, AnsweredRecord>();
  const models = new Set<string>();
  await forEachSample(path, (record) => {
    if (record.status === "failed") return;
    models.add(record.model);
    recorded.set(placeOf(record.problem, record.sample), record);
  });
  const [model] = models;
  if (models.size !== 1)
    throw new DataError(
      models.size === 0 ? "The log has no answers." : `The log has answers of ${[...models].join(" and ")}.`,
      { file: path },
      "Give a log of one model.",
    );
  return {
    kind: "replay",
    model,
    async sample({ problem, sample }) {
      const found = recorded.get(placeOf(problem.id, sample));
      if (found === undefined)
        throw new SampleError(`${path} has no sample ${sample} of ${problem.id}.`, undefined, undefined);
      const { text, reasoning, finishReason, usage } = found;
      return { text, finishReason, usage, ...(reasoning === undefined ? {} : { reasoning }) };
    },
  };
}

function placeOf(problem: string, sample: number): string {
  return `${problem} ${sample}`;
}
