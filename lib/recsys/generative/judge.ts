import type { RunOutput } from "../../experiment/store";
import { countParameters } from "../../tensor/tree";
import type { SequentialDataset } from "../sequences";
import { sampleCases, splitTargets } from "../split";
import { createGenerativeEvaluator, type Decoding, type GenerativeEvaluation } from "./generativeEvaluation";
import type { T5 } from "./t5Parameters";
import type { TokenMap } from "./tokenMap";

export interface JudgeOptions {
  readonly data: SequentialDataset;
  /** A tokenizer; others of as many items and the same vocabulary can follow. */
  readonly map: TokenMap;
  /** L, items of history a case. */
  readonly windowLength: number;
  readonly decoding: Decoding;
  readonly validationBeams: number;
  readonly testBeams: number;
  /** Users of the validation during training, the same every time; 0: all. */
  readonly validationUsers: number;
  /** Chooses those users. */
  readonly seed: number;
}

/** What a recommender is worth by beam search: on validation while it trains, and on test. */
export interface Judge {
  /** NDCG@10 on the users of the validation during training. */
  validate(map: TokenMap): number;
  /** On the whole of a split, with the test's number of beams. */
  evaluate(map: TokenMap, split: "validation" | "test"): GenerativeEvaluation;
  dispose(): void;
}

/** Names the stream of random numbers. */
const VALIDATION = 101;

/** Searches are compiled when they are first used. */
export function judge(
  model: T5,
  { validationBeams, testBeams, validationUsers, seed, data, ...options }: JudgeOptions,
): Judge {
  const common = { dataset: data, ...options };
  const quick = createGenerativeEvaluator(model, { ...common, beams: validationBeams });
  const full = createGenerativeEvaluator(model, { ...common, beams: testBeams });
  const cases = sampleCases(splitTargets(data, "validation"), validationUsers, seed, VALIDATION);
  return {
    validate(next) {
      quick.use(next);
      return quick(cases).metrics["NDCG@10"];
    },
    evaluate(next, split) {
      full.use(next);
      return full(split);
    },
    dispose() {
      quick.dispose();
      full.dispose();
    },
  };
}

/** Metrics of both splits and the ranks of the test, as a run's result. @param training what else is to be told of it */
export function judgedOutput(
  model: T5,
  judged: Judge,
  map: TokenMap,
  training: Readonly<Record<string, number>>,
): RunOutput & { readonly arrays: Record<string, Int32Array> } {
  const validation = judged.evaluate(map, "validation");
  const test = judged.evaluate(map, "test");
  const { "NDCG@10": ndcg, ...others } = test.metrics;
  return {
    metrics: {
      "NDCG@10": ndcg, // first: a list of runs shows one
      ...others,
      "validation NDCG@10": validation.metrics["NDCG@10"],
      "share of no item": test.invalidShare,
      ...training,
      parameters: countParameters(model.weights),
    },
    arrays: { ranks: test.ranks },
  };
}
