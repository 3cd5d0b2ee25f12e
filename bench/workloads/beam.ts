import { createRandom } from "../../lib/data/random";
import { type BeamSearchOptions, beamSearch } from "../../lib/recsys/generative/beamSearch";
import { itemCodes } from "../../lib/recsys/generative/itemCodes";
import type { T5 } from "../../lib/recsys/generative/t5Parameters";
import { identifierVocabulary, type TokenMap, tokenMap } from "../../lib/recsys/generative/tokenMap";
import { type TrieTensors, trieTensors } from "../../lib/recsys/generative/trieTensors";
import { compile, tf } from "../../lib/tensor";
import * as Rng from "../../lib/tensor/rng";
import { flattenTree } from "../../lib/tensor/tree";
import { type Benchmark, fasterThan, torchSubject, type Workload } from "../workload";
import { createModel, randomTokens } from "./t5";

/** As MTGRec tests: 50 beams over four digits of 256 values; the catalogue has as many items as its Instrument data. */
export const BEAMS = 50;
const USERS = 64;
const CODES = 256;
const ITEMS = 24_587;

export const beam: Benchmark = {
  name: "beam",
  title: `T5 beam search, ${BEAMS} beams, 4 digits of ${CODES}, ${USERS} users, 82 tokens, d 128, 4 heads of 64, 3 + 3 layers`,
  sizes: [0],
  variants: {
    compiled: () => search({ compiled: true, constrained: false }),
    "compiled, constrained": () => search({ compiled: true, constrained: true }),
    "op by op": () => search({ compiled: false, constrained: false }),
  },
  runs: 1,
  torch: [""],
  bars: [fasterThan("compiled", torchSubject(""), 1)],
};

/** The search for one batch of users, by a model with fresh weights. */
function search({ compiled, constrained }: { compiled: boolean; constrained: boolean }): Workload {
  const key = Rng.key(3);
  const model = createModel(key);
  const { inputs, labels } = randomTokens(USERS);
  const trie = trieTensors(randomMap());
  const plain = searchBy(model, { beams: BEAMS, constrained });
  const program = compiled ? compile(plain, { name: "beam search", xla: false }) : undefined;
  const run = program ?? plain;
  return {
    run() {
      tf.tidy(() => void run(inputs, trie).items.dataSync());
    },
    report: () => program?.report() ?? [],
    dispose() {
      program?.dispose();
      const weights = flattenTree(model.weights).map(([, variable]) => variable);
      tf.dispose([key, inputs, labels, ...trie.children, ...weights]);
    },
  };
}

export function searchBy(model: T5, options: BeamSearchOptions) {
  return (inputs: tf.Tensor2D, trie: TrieTensors) => beamSearch(model, inputs, trie, options);
}

/** Three random codes an item, and a digit for collisions. */
export function randomMap(): TokenMap {
  const random = createRandom(1);
  const codes = itemCodes(
    Int32Array.from({ length: ITEMS * 3 }, () => random.integer(CODES)),
    3,
    CODES,
  );
  return tokenMap(codes, identifierVocabulary(codes));
}
