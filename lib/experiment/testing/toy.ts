import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { field } from "../configuration";
import { type Experiment, Interrupted } from "../experiment";

const schema = z
  .object({
    epochs: field(z.number().int().positive(), "How often to step.", "suite", "epochs").default(6),
    rate: field(z.number(), "Slope of the map.", "suite").default(3.7),
    pause: field(z.number(), "Between steps.", "suite", "ms").default(10),
    fails: field(
      z.enum(["no", "throws", "exits", "eats"]),
      "What goes wrong at half of its way.",
      "suite",
    ).default("no"),
    builtOn: field(z.number(), "The rate of a run to begin with; 0: none.", "suite").default(0),
  })
  .strict();

type ToyConfig = z.infer<typeof schema>;

/** An experiment for the tests of the machinery: iterates the logistic map, slowly, with a checkpoint after every step. */
export const experiment: Experiment<ToyConfig> = {
  name: "toy",
  title: "The logistic map",
  entry: "lib/experiment/testing/toy.ts",
  configuration: {
    schema,
    presets: {
      smoke: { status: "A blink.", config: { epochs: 2 } },
      cpu: { status: "Some blinks.", config: {} },
    },
  },
  relevant: ({ pause: _, ...rest }) => rest,
  needs: (config) => (config.builtOn === 0 ? [] : [{ ...config, rate: config.builtOn, builtOn: 0 }]),
  async run(config, { seed, log, progress, checkpoint, signal, need }) {
    const base =
      config.builtOn === 0 ? 0 : (await need({ ...config, rate: config.builtOn, builtOn: 0 })).metrics.final;
    const saved = checkpoint.load()?.data as { epoch: number; values: number[] } | undefined;
    const values = [...(saved?.values ?? [0.1 + seed / 100 + base / 1000])];
    for (let epoch = saved?.epoch ?? 0; epoch < config.epochs; epoch++) {
      if (signal.aborted) throw new Interrupted();
      if (epoch === Math.floor(config.epochs / 2)) await misbehave(config.fails);
      await sleep(config.pause);
      const value = values[values.length - 1];
      values.push(config.rate * value * (1 - value));
      log(epoch + 1, { value: values[values.length - 1] });
      checkpoint.save({}, { epoch: epoch + 1, values });
      progress(epoch + 1, config.epochs);
    }
    return {
      metrics: { final: values[values.length - 1], mean: values.reduce((a, b) => a + b) / values.length },
      arrays: { values: Float64Array.from(values), epochs: Int32Array.from(values, (_, i) => i) },
    };
  },
  ablations: {
    rates: {
      title: "Slopes",
      metrics: ["final", "mean"],
      variants: [3.5, 3.6, 3.7, 3.8].map((rate) => ({
        name: `r${rate}`,
        label: `slope ${rate}`,
        change: { rate },
      })),
    },
  },
};

async function misbehave(how: ToyConfig["fails"]): Promise<void> {
  if (how === "throws") throw new Error("half way is far enough");
  if (how === "exits") process.exit(3);
  const eaten: Buffer[] = [];
  while (how === "eats") {
    eaten.push(Buffer.alloc(2 ** 26, 1));
    await sleep(20);
  }
}
