import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { createEvaluator, loadDataset, type SequentialDataset, trainingPrefixes } from "../../lib/recsys";
import { bert4Rec } from "../../lib/recsys/models/bert4rec";
import { caser } from "../../lib/recsys/models/caser";
import { gru4Rec } from "../../lib/recsys/models/gru4rec";
import { narm } from "../../lib/recsys/models/narm";
import { sasRec } from "../../lib/recsys/models/sasrec";
import type { SequentialModel } from "../../lib/recsys/models/sequentialModel";
import { train } from "../../lib/recsys/train";
import { tf } from "../../lib/tensor";
import * as Rng from "../../lib/tensor/rng";
import {
  alreadyMeasured,
  COMPARED,
  type ComparedModel,
  type Measurement,
  type Protocol,
  readProtocol,
} from "./measurement";

/** RecBole's `stopping_step` of 10 stops at the eleventh epoch without a better one. */
const PATIENCE = 11;

interface Sizes {
  readonly items: number;
  readonly users: number;
  readonly windowLength: number;
}

/** As MODELS of measure.py has them: the models' defaults are those of RecBole's YAML files. */
const MODELS: Record<ComparedModel, (sizes: Sizes, key: tf.Tensor1D) => SequentialModel> = {
  SASRec: sasRec,
  GRU4Rec: ({ items }, key) => gru4Rec({ items, dimensions: 64, hidden: 64 }, key),
  NARM: narm,
  Caser: caser,
  BERT4Rec: bert4Rec,
};

/**
 * Our models under the settings of measure.py, with a result in its format: one file a seed.
 *
 *     npx tsx bench/recbole/ours.ts --model SASRec --seeds 1,2,3 --out results/ours
 *
 * `--window`, `--batch`, `--learning-rate`, `--epochs` and `--keep` are the protocol, as in measure.py. `--timing EPOCHS` trains so
 * many epochs and reports their seconds only.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      model: { type: "string" },
      seeds: { type: "string", default: "1,2,3" },
      out: { type: "string" },
      window: { type: "string" },
      batch: { type: "string" },
      "learning-rate": { type: "string" },
      epochs: { type: "string" },
      keep: { type: "string" },
      timing: { type: "string" },
    },
  });
  const { out } = values;
  const name = COMPARED.find((model) => model === values.model);
  if (name === undefined || out === undefined) {
    throw new Error(
      `ours.ts --model ${COMPARED.join("|")} --out FOLDER [--seeds 1,2,3] [--window 50] [--batch 2048] ` +
        "[--learning-rate 0.001] [--epochs 300] [--keep best|last] [--timing EPOCHS]",
    );
  }
  const onlyTimes = values.timing !== undefined;
  const protocol = readProtocol({ ...values, epochs: values.timing ?? values.epochs });
  const { data } = await loadDataset("ml-100k");
  mkdirSync(out, { recursive: true });
  for (const seed of values.seeds.split(",").map(Number)) {
    const file = path.join(out, `${name}-${onlyTimes ? "timing-" : ""}${seed}.json`);
    if (alreadyMeasured(file)) continue;
    const measurement = await measure(name, data, seed, protocol, onlyTimes);
    writeFileSync(`${file}.part`, JSON.stringify(measurement));
    renameSync(`${file}.part`, file);
    const { epochs, testNdcg10 } = measurement;
    console.log(
      `${name} seed ${seed}: ${epochs} epochs${onlyTimes ? "" : `, test NDCG@10 ${testNdcg10?.toFixed(4)}`}`,
    );
  }
}

/** Trains one seed under the protocol. */
async function measure(
  name: ComparedModel,
  data: SequentialDataset,
  seed: number,
  protocol: Protocol,
  onlyTimes: boolean,
): Promise<Measurement> {
  const { window: windowLength, batch: batchSize, learningRate, epochs, keep } = protocol;
  const model = MODELS[name]({ items: data.items, users: data.users, windowLength }, Rng.key(seed));
  const { history } = await train(model, data, {
    windowLength,
    batchSize,
    learningRate,
    epochs,
    keep,
    patience: PATIENCE,
    seed,
    onEpoch: ({ epoch, trainSeconds, validation }) => {
      const score = validation.ndcg.toFixed(4);
      console.error(
        `${name} seed ${seed} epoch ${epoch} ${trainSeconds.toFixed(1)} s valid NDCG@10 ${score}`,
      );
    },
  });
  const evaluator = createEvaluator(model.score, { windowLength, xla: false });
  const { ranks, metrics } = evaluator(data, "test");
  evaluator.dispose();
  tf.disposeVariables();
  return {
    model: name,
    seed,
    protocol,
    epochs: history.length,
    epochSeconds: history.map(({ trainSeconds }) => trainSeconds),
    stepsPerEpoch: Math.ceil(trainingPrefixes(data).length / batchSize),
    validNdcg: history.map(({ validation }) => validation.ndcg),
    ...(onlyTimes
      ? {}
      : {
          testNdcg10: metrics.ndcg,
          testRanks: Object.fromEntries(data.userNames.map((user, index) => [user, ranks[index]])),
        }),
  };
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
