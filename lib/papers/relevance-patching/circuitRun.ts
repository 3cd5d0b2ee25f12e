import { createRandom } from "../../data/random";
import { Interrupted, type RunContext } from "../../experiment/experiment";
import type { RunOutput } from "../../experiment/store";
import { disposeTree } from "../../tensor/tree";
import type { RelevanceConfig } from "./config";
import { ROLES } from "./trained/effectMap";
import { promptSet, splitCombinations } from "./trained/examples";
import { CircuitNotFound, type EffectMaps, type Explanation, explainCircuit } from "./trained/explain";
import { hookedTransformer } from "./trained/hookedModel";
import { smallTransformer } from "./trained/smallTransformer";
import { answerAccuracy, type TrainingCheck, trainCircuit } from "./trained/training";

/** Prompts that the trained model is tested on; all ask for combinations that training has never shown. */
const TEST_PROMPTS = 2048;
const TEST = 1;
/** Below this accuracy there is nothing to explain. */
const LEARNED = 0.9;

/**
 * Trains the small transformer and explains it. Where it has not learned to judge, or its maps show no circuit, the scrubbed losses are NaN.
 * `loss`, `accuracy` and `triples` are [looks]; `effects document`, `query` and `instruction` are [activations × roles].
 */
export async function circuitRun(config: RelevanceConfig, context: RunContext): Promise<RunOutput> {
  const { seed, signal } = context;
  const split = splitCombinations(seed);
  const model = smallTransformer(seed);
  try {
    const checks = await trainCircuit(model, {
      ...{ seed, split, steps: config.trainingSteps, signal },
      checkEvery: Math.min(100, config.trainingSteps),
      onProgress: (check) => {
        context.log(check.step, { loss: check.loss, accuracy: check.accuracy });
        context.progress(check.step, config.trainingSteps, `${check.triples} triples`);
      },
    });
    if (signal.aborted) throw new Interrupted();
    const unseen = promptSet(createRandom(seed, TEST), {
      ...{ count: TEST_PROMPTS, triples: 4, part: { name: "test", split } as const },
    });
    const accuracy = answerAccuracy(model, unseen);
    const explained =
      accuracy < LEARNED
        ? undefined
        : explainedOrNot(() =>
            explainCircuit(hookedTransformer(model), { seed, prompts: config.scrubbedPrompts }),
          );
    return {
      metrics: { accuracy, ...explanationMetrics(explained) },
      arrays: { ...checkArrays(checks), ...(explained ? effectArrays(explained.effects) : {}) },
    };
  } finally {
    disposeTree(model.weights);
  }
}

function explainedOrNot(explain: () => Explanation): Explanation | undefined {
  try {
    return explain();
  } catch (error) {
    if (error instanceof CircuitNotFound) return undefined;
    throw error;
  }
}

function explanationMetrics(explained: Explanation | undefined): Record<string, number> {
  const recovered = (name: keyof Explanation["scrubbing"]) =>
    explained?.scrubbing[name].recovered ?? Number.NaN;
  return {
    recovered: recovered("reading"),
    "recovered, wrong": recovered("unbound"),
    "recovered, empty": recovered("empty"),
    "recovered, identity": recovered("identity"),
    "swaps kept": explained?.swaps.kept ?? Number.NaN,
    "swaps flipped": explained?.swaps.flipped ?? Number.NaN,
  };
}

function checkArrays(checks: readonly TrainingCheck[]): Record<string, Float64Array> {
  return {
    step: Float64Array.from(checks, ({ step }) => step),
    loss: Float64Array.from(checks, ({ loss }) => loss),
    accuracy: Float64Array.from(checks, ({ accuracy }) => accuracy),
    triples: Float64Array.from(checks, ({ triples }) => triples),
  };
}

function effectArrays(maps: EffectMaps): Record<string, Float64Array> {
  return Object.fromEntries(
    Object.entries(maps).map(([of, rows]) => [
      `effects ${of}`,
      Float64Array.from(
        (rows as EffectMaps["document"]).flatMap(({ effects }) => ROLES.map((role) => effects[role])),
      ),
    ]),
  );
}
