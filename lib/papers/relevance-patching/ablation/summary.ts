import { mean } from "../../../experiment/statistics";
import {
  accuracy,
  areaUnderCurve,
  faithfulness,
  gap,
  type Judgements,
  orderAccuracy,
} from "../statistics/judgement";

/** How well an ablated model judges. */
export interface AblationSummary {
  /** Share of right answers, in [0, 1]. */
  readonly accuracy: number;
  /** Share of pairs whose clean prompt has the greater d, in [0, 1]. */
  readonly orderAccuracy: number;
  /** That any clean prompt has a greater d than any corrupted one, in [0, 1]. */
  readonly areaUnderCurve: number;
  /** d̄ of the clean prompts, logits. */
  readonly cleanMean: number;
  /** d̄ of the corrupted prompts, logits. */
  readonly corruptedMean: number;
  /** d̄_clean − d̄_corrupted, logits. */
  readonly gap: number;
  /** gap / gap of the intact model: 1 where nothing is lost. */
  readonly faithfulness: number;
}

/** @throws RangeError where the intact model has no gap */
export function summarize(ablated: Judgements, intact: Judgements): AblationSummary {
  return {
    accuracy: accuracy(ablated),
    orderAccuracy: orderAccuracy(ablated),
    areaUnderCurve: areaUnderCurve(ablated.clean, ablated.corrupted),
    cleanMean: mean(ablated.clean),
    corruptedMean: mean(ablated.corrupted),
    gap: gap(ablated),
    faithfulness: faithfulness(ablated, intact),
  };
}
