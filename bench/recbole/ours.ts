import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { createEvaluator, loadDataset, trainingPrefixes } from "../../lib/recsys";
import { gru4Rec } from "../../lib/recsys/models/gru4rec";
import { sasRec } from "../../lib/recsys/models/sasrec";
import { train } from "../../lib/recsys/train";
import { tf } from "../../lib/tensor";
import * as Rng from "../../lib/tensor/rng";
import { alreadyMeasured, type Measurement } from "./measurement";

const WINDOW = 50;
const WIDTH = 64;

/** RecBole's `stopping_step` of 10 stops at the eleventh epoch without a better one. */
const PATIENCE = 11;

const MODELS = {
  SASRec: (items: number, key: tf.Tensor1D) =>
    sasRec({ items, windowLength: WINDOW, dimensions: WIDTH }, key),
  GRU4Rec: (items: number, key: tf.Tensor1D) => gru4Rec({ items, dimensions: WIDTH, hidden: WIDTH }, key),
} as const;

/**
 * Our SASRec and GRU4Rec under the settings of measure.py, with a result in its format: one file a seed.
 *
 *     npx tsx bench/recbole/ours.ts --model SASRec --seeds 1,2,3 --out results/ours
 *
 * `--timing EPOCHS` trains so many epochs and reports their seconds only.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      model: { type: "string" },
      seeds: { type: "string", default: "1,2,3" },
      out: { type: "string" },
      batch: { type: "string", default: "2048" },
      timing: { type: "string" },
    },
  });
  const { model: name, out } = values;
  if ((name !== "SASRec" && name !== "GRU4Rec") || out === undefined) {
    throw new Error(
      "ours.ts --model SASRec|GRU4Rec --out FOLDER [--seeds 1,2,3] [--batch 2048] [--timing EPOCHS]",
    );
  }
  const { data } = await loadDataset("ml-100k");
  const prefixes = trainingPrefixes(data).length;
  mkdirSync(out, { recursive: true });
  const timing = values.timing === undefined ? undefined : Number(values.timing);
  const batch = Number(values.batch);

  for (const seed of values.seeds.split(",").map(Number)) {
    const file = path.join(out, `${name}-${timing === undefined ? "" : "timing-"}${seed}.json`);
    if (alreadyMeasured(file)) continue;
    const key = Rng.key(seed);
    const model = MODELS[name](data.items, key);
    const { history } = await train(model, data, {
      windowLength: WINDOW,
      batchSize: batch,
      patience: PATIENCE,
      seed,
      ...(timing === undefined ? {} : { epochs: timing }),
      onEpoch: ({ epoch, trainSeconds, validation }) => {
        const score = validation.ndcg.toFixed(4);
        console.error(
          `${name} seed ${seed} epoch ${epoch} ${trainSeconds.toFixed(1)} s valid NDCG@10 ${score}`,
        );
      },
    });
    const evaluator = createEvaluator(model.score, { windowLength: WINDOW, xla: false });
    const { ranks, metrics } = evaluator(data, "test");
    const measurement: Measurement = {
      model: name,
      seed,
      batch,
      epochs: history.length,
      epochSeconds: history.map(({ trainSeconds }) => trainSeconds),
      stepsPerEpoch: Math.ceil(prefixes / batch),
      validNdcg: history.map(({ validation }) => validation.ndcg),
      ...(timing === undefined
        ? {
            testNdcg10: metrics.ndcg,
            testRanks: Object.fromEntries(data.userNames.map((user, index) => [user, ranks[index]])),
          }
        : {}),
    };
    writeFileSync(`${file}.part`, JSON.stringify(measurement));
    renameSync(`${file}.part`, file);
    evaluator.dispose();
    tf.disposeVariables();
    console.log(`${name} seed ${seed}: ${history.length} epochs, test NDCG@10 ${metrics.ndcg.toFixed(4)}`);
  }
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
