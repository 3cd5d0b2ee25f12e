import { pairedTTest } from "../../experiment/statistics";
import { disposeTree, tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { type Activation, type Classifier, classifier } from "./model";
import { type Spirals, spirals } from "./spirals";
import { type Report, type TrainOptions, train } from "./train";

/** The experiment: data, model and training. */
export interface TourConfig {
  /** Points to train on, and points to test on. */
  readonly trainCount: number;
  readonly testCount: number;
  /** Windings of an arm, and noise on its points. */
  readonly turns: number;
  readonly noise: number;
  readonly hidden: readonly number[];
  readonly activation: Activation;
  readonly optimizer: TrainOptions["optimizer"];
  readonly learningRate: number;
  readonly batchSize: number;
  readonly steps: number;
}

const cpu: TourConfig = {
  trainCount: 600,
  testCount: 1000,
  turns: 1.25,
  noise: 0.04,
  hidden: [48, 48],
  activation: "relu",
  optimizer: "adam",
  learningRate: 0.005,
  batchSize: 64,
  steps: 800,
};

/** `cpu`: seconds, the numbers of the notebook. `smoke`: as little as shows that everything runs. */
export const PRESETS = {
  cpu,
  smoke: { ...cpu, trainCount: 200, testCount: 200, hidden: [12, 12], steps: 60 },
} as const satisfies Record<string, TourConfig>;

/** A named change of the configuration. */
export interface Variant {
  readonly name: string;
  readonly change: Partial<TourConfig>;
}

/** Each takes one thing away; the first takes nothing. */
export const ABLATIONS: readonly Variant[] = [
  { name: "full model", change: {} },
  { name: "one hidden layer", change: { hidden: [48] } },
  { name: "four units a layer", change: { hidden: [4, 4] } },
  { name: "no nonlinearity", change: { activation: "identity" } },
  { name: "SGD, same learning rate", change: { optimizer: "sgd" } },
];

/** Everything that a seed decides. */
export interface Trial {
  readonly data: Spirals;
  readonly test: Spirals;
  readonly model: Classifier;
  readonly options: TrainOptions;
  /** Frees data, weights and key. */
  dispose(): void;
}

/**
 * Data, fresh weights and training options of a configuration. Variants of one seed share the points and the order in which they are drawn,
 * so that they can be compared in pairs.
 */
export function setUp(config: TourConfig, seed: number): Trial {
  const { trainCount, testCount, turns, noise, optimizer, learningRate, batchSize, steps } = config;
  const [dataKey, testKey, modelKey, key] = tf.tidy(() => Rng.split(Rng.key(seed), 4));
  const data = spirals({ count: trainCount, turns, noise }, dataKey);
  const test = spirals({ count: testCount, turns, noise }, testKey);
  const model = classifier(config, modelKey);
  tf.dispose([dataKey, testKey, modelKey]);
  return {
    data,
    test,
    model,
    options: { steps, batchSize, optimizer, learningRate, key },
    dispose() {
      disposeTree(model.layers);
      tf.dispose([data.points, data.labels, test.points, test.labels, key]);
    },
  };
}

/** One training of the ablation. */
export interface Run {
  readonly variant: string;
  readonly seed: number;
  /** On the test points, after the last step. */
  readonly accuracy: number;
  readonly loss: number;
  /** That its training took. */
  readonly seconds: number;
  readonly curve: readonly Report[];
}

/**
 * Trains every variant with every seed.
 * @param onRun hears of each run as it ends
 */
export async function ablate(
  variants: readonly Variant[],
  seeds: readonly number[],
  config: TourConfig,
  onRun: (run: Run) => void = () => {},
): Promise<Run[]> {
  const runs: Run[] = [];
  for (const { name, change } of variants) {
    for (const seed of seeds) {
      const start = performance.now();
      const trial = setUp({ ...config, ...change }, seed);
      try {
        const curve = await train(trial.model, trial.data, trial.test, trial.options, { reports: 4 });
        const { testAccuracy: accuracy, testLoss: loss } = curve[curve.length - 1];
        const seconds = (performance.now() - start) / 1000;
        runs.push({ variant: name, seed, accuracy, loss, seconds, curve });
      } finally {
        trial.dispose();
      }
      onRun(runs[runs.length - 1]);
    }
  }
  return runs;
}

/** A row of the ablation's table. */
export interface Comparison {
  readonly variant: string;
  /** One a seed. */
  readonly accuracy: number[];
  /** Mean difference from the first variant, over pairs of equal seeds, with its 95% interval; absent for the first variant itself. */
  readonly difference?: number;
  readonly low?: number;
  readonly high?: number;
  /** What the interval says: 0 inside it is no proof of equality. */
  readonly verdict: "reference" | "worse" | "better" | "undecided";
}

/**
 * Each variant beside the first, by Student's paired t-test over seeds.
 * @throws with fewer than two seeds
 */
export function compareVariants(runs: readonly Run[]): Comparison[] {
  const names = [...new Set(runs.map(({ variant }) => variant))];
  const accuracies = (name: string) =>
    runs.filter(({ variant }) => variant === name).map(({ accuracy }) => accuracy);
  const reference = accuracies(names[0]);
  return names.map((variant, index) => {
    const accuracy = accuracies(variant);
    if (index === 0) return { variant, accuracy, verdict: "reference" };
    const { difference, low, high } = pairedTTest(accuracy, reference);
    const verdict = high < 0 ? "worse" : low > 0 ? "better" : "undecided";
    return { variant, accuracy, difference, low, high, verdict };
  });
}
