import { adamW } from "../../lib/optim";
import { influenceMeter } from "../../lib/papers/mtgrec/influence";
import { splitTargets, trainingPrefixes } from "../../lib/recsys";
import { itemCodes } from "../../lib/recsys/generative/itemCodes";
import { syntheticCatalogue } from "../../lib/recsys/generative/syntheticCatalogue";
import { type T5Batch, t5Loss } from "../../lib/recsys/generative/t5";
import { t5 } from "../../lib/recsys/generative/t5Parameters";
import { tokenBatch, tokenTensors } from "../../lib/recsys/generative/tokenBatches";
import { identifierVocabulary, tokenMap } from "../../lib/recsys/generative/tokenMap";
import { compile, tf } from "../../lib/tensor";
import * as Rng from "../../lib/tensor/rng";
import { type Benchmark, noSlowerThan, type Workload } from "../workload";
import { disposal } from "./step";

const ROWS = 64;
const WINDOW = 20;
const TOKENIZERS = 2;
/** Batches of training and of validation cases that every tokenizer writes. */
const BATCHES = 2;
const PASSES = "its forward and backward passes";

export const influence: Benchmark = {
  name: "influence",
  title: `influence of ${TOKENIZERS} tokenizers, MTGRec, ${BATCHES} + ${BATCHES} batches of ${ROWS} each, T5 of d 128, 3 + 3 layers`,
  sizes: [0],
  variants: { influence: () => work("influence"), [PASSES]: () => work("passes") },
  runs: 1,
  torch: [],
  bars: [noSlowerThan("influence", PASSES, 1.1)],
};

function work(what: "influence" | "passes"): Workload {
  const { data, group, subgroup } = syntheticCatalogue({ users: ROWS * BATCHES, events: WINDOW + 3 });
  const maps = Array.from({ length: TOKENIZERS }, (_, k) => {
    const codes = itemCodes(
      Int32Array.from({ length: 3 * data.items }, (_, at) => {
        const item = Math.floor(at / 3);
        return [group[item], subgroup[item], (item + k) % 256][at % 3];
      }),
      3,
      256,
    );
    return tokenMap(codes, identifierVocabulary(codes));
  });
  const key = Rng.key(1);
  const model = t5({ layers: 3, vocabulary: maps[0].vocabulary.size }, key);
  const optimizer = adamW(model.weights, { learningRate: 1e-3 });
  const cases = trainingPrefixes(data).slice(-ROWS * BATCHES);
  const validationCases = splitTargets(data, "validation");

  if (what === "influence") {
    const options = { windowLength: WINDOW, batchSize: ROWS, trainCases: cases, validationCases };
    const meter = influenceMeter(model, optimizer, data, options);
    return {
      run: () => void meter.measure(maps),
      report: () => [],
      dispose: () => disposeAll([meter, optimizer, disposal([key, ...optimizer.parameters])]),
    };
  }
  const gradients = compile(
    (batch: T5Batch): tf.Tensor[] =>
      tf.tidy(() => optimizer.gradients(() => t5Loss(model, batch)).gradients as tf.Tensor[]),
    { name: "gradients", xla: false },
  );
  const weights = tf.ones<tf.Rank.R1>([ROWS]);
  return {
    run() {
      for (const map of maps) {
        for (const all of [validationCases, cases]) {
          for (let start = 0; start < all.length; start += ROWS) {
            const batch = tokenBatch(data, all.subarray(start, start + ROWS), WINDOW, [map]);
            const found = tf.tidy(() => gradients(tokenTensors(batch, weights)));
            found[0].dataSync();
            tf.dispose(found);
          }
        }
      }
    },
    report: () => gradients.report(),
    dispose: () => disposeAll([gradients, optimizer, disposal([weights, key, ...optimizer.parameters])]),
  };
}

function disposeAll(owned: readonly { dispose(): void }[]): void {
  for (const one of owned) one.dispose();
}
