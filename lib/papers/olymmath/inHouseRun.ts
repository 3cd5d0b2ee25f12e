import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Interrupted, type RunContext } from "../../experiment/experiment";
import type { RunOutput, StoredRun } from "../../experiment/store";
import { engine } from "../../llm/generation";
import { trainableWeights } from "../../llm/model";
import { disposeTree } from "../../tensor";
import type { OlymMathConfig } from "./config";
import { gradeLog } from "./grading/grade";
import { inHouseTraining, lossesOf } from "./inHouseTraining";
import { LANGUAGES, type Language, type ProblemSet } from "./problems/problem";
import { readProblemFile } from "./problems/problemFile";
import { type Verdicts, verdictArrays, verdictMetrics } from "./runArrays";
import { batchedBackend } from "./sampling/batches";
import { drawSamples } from "./sampling/run";
import { withSampleLog } from "./sampling/sampleLog";
import { type SampleSettings, settingsId } from "./sampling/settings";
import { IN_HOUSE_NAME } from "./synthetic/inHouse/chat";
import { LESSONS } from "./synthetic/inHouse/lessons";
import { distinctLessonItems } from "./synthetic/inHouse/lessons/lessonItems";
import type { InHouseModel } from "./synthetic/inHouse/model";
import { loadInHouse, saveInHouse } from "./synthetic/inHouse/stored";
import type { SynthItem } from "./synthetic/items";
import { synthLines } from "./synthetic/problemSets";

/** Files of a run: its weights, its problems in each language, and every sample as it was drawn. */
export const RUN_FILES = {
  weights: "in-house.safetensors",
  problems: (language: Language) => `problems-${language}.jsonl`,
  samples: "samples.jsonl",
} as const;

/** Samples that are drawn side by side. */
const BATCH = 128;
/** What training takes of a run's time, roughly; the rest is sampling. */
const TRAINING_SHARE = 0.8;

/**
 * Trains the in-house model, draws its solutions of problems that training has never shown, in both languages, and judges them. Arrays: those of `verdictArrays` for
 * each language; `family` [problems], places in `LESSONS`; `step`, `loss` and `validation`, one a look at the training.
 * @param trained  a run whose weights are asked instead
 */
export async function inHouseRun(
  config: OlymMathConfig,
  context: RunContext,
  trained?: StoredRun,
): Promise<RunOutput> {
  const report = (share: number, note: string) => context.progress(Math.round(100 * share), 100, note);
  const training =
    trained === undefined
      ? await inHouseTraining(config, context, (share) => report(TRAINING_SHARE * share, "training"))
      : { made: loadInHouse(join(trained.folder, RUN_FILES.weights)), ...lossesOf(trained) };
  const { made } = training;
  try {
    saveInHouse(join(context.folder, RUN_FILES.weights), made);
    const items = distinctLessonItems({ ...config, split: "test", count: config.problems });
    const sets = await problemSets(items, context.folder);
    const drawn = await drawSolutions(made, sets, config, context, (share) =>
      report(TRAINING_SHARE + (1 - TRAINING_SHARE) * share, "sampling"),
    );
    const family = items.map((item) => LESSONS.findIndex((lesson) => lesson.family === item.family));
    const measured = LANGUAGES.map((language) => verdictMetrics(language, drawn.verdicts[language]));
    const metrics: Record<string, number> = Object.assign({}, training.metrics, ...measured);
    return {
      metrics: { ...metrics, gap: metrics["pass@1 EN"] - metrics["pass@1 ZH"] },
      arrays: {
        ...training.arrays,
        ...{ family: Int32Array.from(family) },
        ...Object.assign({}, ...LANGUAGES.map((one) => verdictArrays(one, drawn.verdicts[one]))),
      },
      timings: { ...training.timings, ...drawn.timings },
    };
  } finally {
    disposeTree(trainableWeights(made.model));
  }
}

/** The problems as files like the official ones, and read as these are. */
async function problemSets(items: readonly SynthItem[], folder: string): Promise<ProblemSet[]> {
  const sets: ProblemSet[] = [];
  for (const language of LANGUAGES) {
    const path = join(folder, RUN_FILES.problems(language));
    writeFileSync(path, synthLines(items, language));
    sets.push(await readProblemFile(path));
  }
  return sets;
}

/** Draws all samples into the run's log, and judges what the log has. @throws Interrupted where the run is asked to stop */
async function drawSolutions(
  made: InHouseModel,
  sets: readonly ProblemSet[],
  config: OlymMathConfig,
  { seed, folder, signal }: RunContext,
  report: (share: number) => void,
): Promise<{ verdicts: Record<Language, Verdicts>; timings: Record<string, number> }> {
  const { temperature, topP, maxTokens } = config;
  const settings: SampleSettings = { temperature, topP, minP: 0, maxTokens, seed };
  const samples = temperature === 0 ? 1 : config.samples;
  const log = join(folder, RUN_FILES.samples);
  rmSync(log, { force: true }); // of an execution that was stopped
  const parts = engine(made);
  const startedAt = performance.now();
  try {
    const backend = batchedBackend(parts, { model: IN_HOUSE_NAME, batchSize: BATCH });
    const { ended } = await withSampleLog(log, (open) =>
      drawSamples({ sets, samples, settings }, backend, open, {
        ...{ concurrency: BATCH, signal },
        onSample: (_, done, total) => report(done / total),
      }),
    );
    if (ended === "cancelled") throw new Interrupted();
  } finally {
    parts.dispose();
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  const origin = { model: IN_HOUSE_NAME, settingsId: settingsId(settings) };
  const judged = async ({ problems }: ProblemSet): Promise<Verdicts> => ({
    want: await gradeLog(log, problems, "want", origin),
    ref: await gradeLog(log, problems, "ref", origin),
  });
  const [EN, ZH] = [await judged(sets[0]), await judged(sets[1])];
  const tokens = [EN, ZH]
    .flatMap(({ want }) => want.flatMap((problem) => problem.samples))
    .reduce((sum, sample) => sum + sample.tokens, 0);
  return {
    verdicts: { EN, ZH },
    timings: { "sampling seconds": seconds, "sampled tokens per second": tokens / seconds },
  };
}
