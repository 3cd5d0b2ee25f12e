import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { specOf, type Variant } from "../../experiment/experiment";
import { planRuns } from "../../experiment/plan";
import type { RunOutput, RunProvenance, RunStore, StoredRun } from "../../experiment/store";
import type { CheckMode } from "../../math";
import { type OlymMathConfig, olymMathConfig } from "./config";
import { experiment } from "./experiment";
import { RUN_FILES } from "./inHouseRun";
import type { Ledger } from "./ledger";
import { LANGUAGES, type Language } from "./problems/problem";
import { verdictArrays, verdictMetrics } from "./runArrays";
import { LESSONS } from "./synthetic/inHouse/lessons";
import { distinctLessonItems } from "./synthetic/inHouse/lessons/lessonItems";
import { synthLines, synthRows } from "./synthetic/problemSets";
import { graded } from "./testing";
import { ABLATIONS } from "./variants";

const PROVENANCE: RunProvenance = {
  ...{ commit: "planted", date: "2026-01-02T03:04:05.000Z", machine: "none" },
  ...{ seconds: 1, peakBytes: 1 },
};

/** The answer of every problem is 6, its trap 5. C is right in one way of checking alone; ! is cut off. */
const ANSWERS: Readonly<Record<string, string>> = {
  ...{ R: "6", T: "5", W: "7", w: "8", C: "C_4^2", "-": "", "!": "~7" },
};

/** What a run is to have found: each problem's samples as letters, "RTTW"; the samples of a problem have 10, 20, 30 .. tokens. */
export interface Planted {
  readonly EN: readonly string[];
  readonly ZH: readonly string[];
  readonly seed?: number;
  readonly folder?: string;
  readonly config?: StoredRun["config"];
  readonly metrics?: Readonly<Record<string, number>>;
  readonly timings?: Readonly<Record<string, number>>;
  /** Each a look at the training. */
  readonly losses?: { readonly step: number[]; readonly loss: number[]; readonly validation: number[] };
}

/** What a run of these samples stores, graded as others are. Families take turns. */
function plantedOutput(planted: Planted): Required<RunOutput> {
  const { losses = { step: [], loss: [], validation: [] } } = planted;
  const verdicts = (language: Language) => {
    const by = (mode: CheckMode) =>
      planted[language].map((letters, index) => {
        const problem = { id: `SYNTH-EASY-${index}-${language}`, language, index };
        const answers = Array.from(letters, (letter) => ANSWERS[letter]);
        return graded({ ...problem, answer: "6", trap: "5" }, answers, mode);
      });
    return { ref: by("ref"), want: by("want") };
  };
  const [english, chinese] = [verdicts("EN"), verdicts("ZH")];
  const metrics: Record<string, number> = {
    ...verdictMetrics("EN", english),
    ...verdictMetrics("ZH", chinese),
  };
  return {
    metrics: { ...metrics, gap: metrics["pass@1 EN"] - metrics["pass@1 ZH"], ...planted.metrics },
    arrays: {
      ...verdictArrays("EN", english),
      ...verdictArrays("ZH", chinese),
      family: Int32Array.from(planted.EN, (_, problem) => problem % LESSONS.length),
      step: Int32Array.from(losses.step),
      loss: Float64Array.from(losses.loss),
      validation: Float64Array.from(losses.validation),
    },
    timings: planted.timings ?? {},
  };
}

/** A stored run of these samples. */
export function plantedRun(planted: Planted): StoredRun {
  const { metrics, arrays, timings } = plantedOutput(planted);
  return {
    ...{ id: "planted", experiment: "olymmath", code: "planted", folder: planted.folder ?? "" },
    seed: planted.seed ?? 1,
    config: { ...olymMathConfig("smoke"), ...planted.config },
    ...{ metrics, timings, provenance: PROVENANCE },
    array(name) {
      if (!(name in arrays)) throw new Error(`The planted run has no array "${name}".`);
      return arrays[name];
    },
  };
}

/** Stores these samples as the run of a variant, with its problems and its log. */
export function storePlanted(
  store: RunStore,
  config: OlymMathConfig,
  variant: string,
  planted: Planted,
): void {
  const { change } = Object.values(ABLATIONS)
    .flatMap(({ variants }): readonly Variant<OlymMathConfig>[] => variants)
    .find(({ name }) => name === variant)!;
  const { seed = 1 } = planted;
  const own = { ...config, ...change };
  const { id, code } = planRuns(experiment, [{ label: variant, config: own }], [seed]).at(-1)!;
  const begun = store.begin(specOf(experiment, own, seed), id, code);
  if (!("draft" in begun)) return;
  writePlantedFiles(begun.draft.folder, planted, own);
  begun.draft.finish(plantedOutput(planted), PROVENANCE);
}

/** The lessons' first problems; every sample has one true step that is no lesson's, and its letter's answer in a box. */
function writePlantedFiles(folder: string, planted: Planted, { numbers }: OlymMathConfig): void {
  const items = distinctLessonItems({ split: "test", numbers, count: planted.EN.length });
  const records = LANGUAGES.flatMap((language) => {
    writeFileSync(join(folder, RUN_FILES.problems(language)), synthLines(items, language));
    return planted[language].flatMap((letters, index) =>
      Array.from(letters, (letter, sample) => ({
        ...{ kind: "sample", key: `${language} ${index} ${sample}`, language, sample, model: "planted" },
        problem: synthRows(items, language)[index].unique_id,
        ...{ settingsId: "planted", seed: 0, startedAt: 0, endedAt: 1, cost: 0 },
        usage: { promptTokens: 1, completionTokens: 10 * (sample + 1) },
        ...{ status: "answered", finishReason: "stop", text: `$1+1=2$\n\\boxed{${ANSWERS[letter]}}` },
      })),
    );
  });
  writeFileSync(
    join(folder, RUN_FILES.samples),
    records.map((record) => `${JSON.stringify(record)}\n`).join(""),
  );
}

/** A ledger of these runs, by the names of variants. */
export function plantedLedger(runs: Readonly<Record<string, readonly StoredRun[]>>, seeds = [1]): Ledger {
  return { config: olymMathConfig("smoke"), seeds, runs: (name) => runs[name] ?? [] };
}
