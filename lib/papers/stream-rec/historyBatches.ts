import { identifier } from "../../recsys/generative/tokenMap";
import type { SequentialDataset } from "../../recsys/sequences";
import type { StreamTokens } from "./tokens";

export interface HistoryOptions {
  /** L, items of history at most. */
  readonly windowLength: number;
  /** Put the user token in front, as MTGRec does. Default false. */
  readonly user?: boolean;
}

/** P, tokens a history has at most. */
export function historyLength(
  { digits }: Pick<StreamTokens, "digits">,
  { windowLength, user = false }: HistoryOptions,
): number {
  return digits * windowLength + 1 + (user ? 1 : 0);
}

/**
 * What the encoder reads of cases: the tokens of the last L items before the target, oldest first, then the end; then padding. Of the targets nothing is
 * read.
 * @param cases the event to predict of each case, from `splitTargets`
 * @returns [B, P] int32, row by row
 * @throws RangeError where a case has no history, or L is no whole number >= 1
 */
export function historyTokens(
  dataset: SequentialDataset,
  cases: Int32Array,
  tokens: StreamTokens,
  options: HistoryOptions,
): Int32Array {
  const { windowLength, user = false } = options;
  if (!Number.isInteger(windowLength) || windowLength < 1)
    throw new RangeError(`historyTokens: windowLength must be a whole number >= 1; got ${windowLength}.`);
  const width = historyLength(tokens, options);
  const inputs = new Int32Array(cases.length * width);
  cases.forEach((target, row) => {
    const start = Math.max(dataset.offsets[dataset.eventUsers[target]], target - windowLength);
    if (target <= start)
      throw new RangeError(
        `historyTokens: event ${target} is its user's first: there is no history before it.`,
      );
    let at = row * width;
    if (user) inputs[at++] = tokens.user;
    for (let event = start; event < target; event++, at += tokens.digits)
      inputs.set(identifier(tokens.map, dataset.itemIds[event]), at);
    inputs[at] = tokens.end;
  });
  return inputs;
}

/** The tokens of the items that cases are to predict. @returns [B, m] int32, row by row */
export function targetTokens(
  dataset: Pick<SequentialDataset, "itemIds">,
  cases: Int32Array,
  { map, digits }: StreamTokens,
): Int32Array {
  const targets = new Int32Array(cases.length * digits);
  cases.forEach((event, row) => {
    targets.set(identifier(map, dataset.itemIds[event]), row * digits);
  });
  return targets;
}
