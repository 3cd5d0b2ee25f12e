import { createRandom } from "../../data/random";
import { Interrupted, type RunContext } from "../../experiment/experiment";
import type { StoredRun, Values } from "../../experiment/store";
import { trainableWeights } from "../../llm/model";
import type { Tokenizer } from "../../llm/tokenizer";
import { warmupCosine } from "../../optim";
import { disposeTree } from "../../tensor";
import { countParameters } from "../../tensor/tree";
import type { OlymMathConfig } from "./config";
import { type Example, examplesOf } from "./synthetic/inHouse/examples";
import { drills } from "./synthetic/inHouse/lessons/drills";
import { lessonItems, withShortcuts } from "./synthetic/inHouse/lessons/lessonItems";
import { IN_HOUSE_SIZE, type InHouseModel, inHouseModel } from "./synthetic/inHouse/model";
import { type InHouseCheck, trainInHouse } from "./synthetic/inHouse/training";
import type { Split } from "./synthetic/items";

/** What is known of a training, whoever looks at the weights. */
interface Losses {
  readonly metrics: Record<string, number>;
  readonly arrays: Record<string, Values>;
  readonly timings: Record<string, number>;
}

export interface InHouseTraining extends Losses {
  readonly made: InHouseModel;
}

/** Problems of the validation split whose loss is looked at. */
const VALIDATION = 112;
/** Indices of the training split between the problems of one seed and of the next. */
const SEED_STRIDE = 1_000_000;
const SEEDS = 900;

/** Share of the updates in which the learning rate rises. */
const WARMUP = 0.1;

/** A stream of its own. */
const DRILLS = 2;

const METRICS = ["loss", "validation loss", "parameters", "training tokens"];
const ARRAYS = ["step", "loss", "validation"];

/**
 * A model trained on solutions of generated problems, a pure function of configuration and seed.
 * @throws Interrupted where the run is asked to stop
 */
export async function inHouseTraining(
  config: OlymMathConfig,
  { seed, signal, log }: RunContext,
  report: (share: number) => void,
): Promise<InHouseTraining> {
  const { width, layers, heads, inner, trainingSteps: steps, batchSize, learningRate } = config;
  const { maxPositions } = IN_HOUSE_SIZE;
  const made = inHouseModel(seed, { width, layers, heads, inner, maxPositions });
  try {
    const { tokenizer, model } = made;
    const examples = lessonExamples(tokenizer, "training", config.examples, config, seed);
    const validation = lessonExamples(tokenizer, "validation", VALIDATION, config, seed);
    const startedAt = performance.now();
    const checks = await trainInHouse(made, {
      ...{ seed, examples, validation, steps, batchSize, signal, checkEvery: config.checkEvery },
      learningRate: warmupCosine({ peak: learningRate, steps, share: WARMUP }),
      onProgress: (check) => {
        log(check.step, { loss: check.loss, "validation loss": check.validation });
        report(check.step / steps);
      },
    });
    if (signal.aborted) throw new Interrupted();
    const seconds = (performance.now() - startedAt) / 1_000;
    const each = examples.reduce((sum, { tokens }) => sum + tokens.length, 0) / examples.length;
    const tokens = Math.round(each * batchSize * steps);
    const last = checks[checks.length - 1];
    return {
      made,
      metrics: {
        ...{ loss: last.loss, "validation loss": last.validation },
        ...{ parameters: countParameters(trainableWeights(model)), "training tokens": tokens },
      },
      arrays: checkArrays(checks),
      timings: { "training seconds": seconds, "training tokens per second": tokens / seconds },
    };
  } catch (error) {
    disposeTree(trainableWeights(made.model));
    throw error;
  }
}

/** What a stored run tells of its training. */
export function lossesOf(trained: StoredRun): Losses {
  return {
    metrics: Object.fromEntries(METRICS.map((name) => [name, trained.metrics[name]])),
    arrays: Object.fromEntries(ARRAYS.map((name) => [name, trained.array(name)])),
    timings: {},
  };
}

/** Solutions of a split as the configuration mixes them; the problems of two seeds are not the same. Drills are for training only. */
function lessonExamples(
  tokenizer: Tokenizer,
  split: Split,
  count: number,
  config: OlymMathConfig,
  seed: number,
): Example[] {
  const { numbers, chinese, shortcuts } = config;
  const isTraining = split === "training";
  const items = lessonItems({ split, count, numbers, first: isTraining ? SEED_STRIDE * (seed % SEEDS) : 0 });
  const solved = examplesOf(tokenizer, withShortcuts(items, shortcuts, seed), { seed, chinese });
  if (!isTraining) return solved;
  const drilled = Math.round(config.drills * count);
  return [...solved, ...drills(tokenizer, items, drilled, createRandom(seed, DRILLS))];
}

function checkArrays(checks: readonly InHouseCheck[]): Record<string, Values> {
  return {
    step: Int32Array.from(checks, ({ step }) => step),
    loss: Float64Array.from(checks, ({ loss }) => loss),
    validation: Float64Array.from(checks, ({ validation }) => validation),
  };
}
