import { type Baseline, resume } from "../../../llm/model";
import { tf } from "../../../tensor";
import { chunks, groupedBy, rowsThatFit } from "../patching/batches";
import { answerReader, difference, type Subject } from "../patching/subject";
import type { PromptPair } from "../prompts/pairs";
import type { Judgements } from "../statistics/judgement";
import { type Activations, activationsOf, type RecordedPrompts, recordPrompts } from "./activations";
import { replacementHooks } from "./hooks";
import { type AblationMode, type Cells, type Modules, reach, replacedCells } from "./modules";
import { type Replacement, type ReplacementSource, SIDES, type Side } from "./replacement";

export interface AblationOptions {
  readonly replacement: Replacement;
  /** Default "knockOut". */
  readonly mode?: AblationMode;
  /** Runs side by side. Default: as many as memory is set aside for. */
  readonly batch?: number;
  /** Called with the number of pairs that are done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** d = logit(yes) − logit(no) of every pair, in their order. */
export interface Ablations {
  readonly intact: Judgements;
  /** One a condition. */
  readonly ablated: readonly Judgements[];
}

/**
 * The judgements of a model whose modules are replaced, for several lists of modules. Only what a list can change is computed again: layers from its first one on,
 * positions from its first one on, and of the logits those of the two answers. Several lists run side by side on one prompt, a single one on prompts of one length.
 * @param conditions  lists of modules; under knock-out an empty one is the intact model
 * @throws RangeError where there is no pair, the prompts of a pair differ in length, or as `replacedCells`
 */
export function ablate(
  subject: Subject,
  pairs: readonly PromptPair[],
  conditions: readonly Modules[],
  { replacement, mode = "knockOut", batch, onProgress }: AblationOptions,
): Ablations {
  checkPairs(pairs);
  const { config } = subject.model;
  const empty = (): Record<Side, Float64Array> => ({
    clean: new Float64Array(pairs.length),
    corrupted: new Float64Array(pairs.length),
  });
  const intact = empty();
  const ablated = conditions.map(empty);
  let done = 0;
  for (const [length, ofLength] of groupedBy(pairs, ({ clean }) => clean.length)) {
    const most = batch ?? rowsThatFit(config, length, length);
    for (const indices of chunks(ofLength, conditions.length === 1 ? most : 1)) {
      const chosen = indices.map((i) => pairs[i]);
      const batches = batchesOf(subject, chosen, conditions, { mode, batch });
      tf.tidy(() => {
        const { own, source } = recordPairs(subject, chosen);
        for (const side of SIDES) {
          const { answers, baseline } = own[side];
          for (const [row, answer] of answers.entries())
            for (const judged of [intact, ...ablated]) judged[side][indices[row]] = difference(answer);
          const values = replacement(source, side);
          for (const rows of batches)
            for (const [i, d] of replaced(subject, baseline, rows, values).entries())
              ablated[rows[i].condition][side][indices[rows[i].pair]] = d;
        }
      });
      done += indices.length;
      onProgress?.(done, pairs.length);
    }
  }
  return { intact, ablated };
}

/** One ablated run of one prompt. */
interface Row {
  readonly condition: number;
  /** Which of the chosen pairs. */
  readonly pair: number;
  readonly cells: Cells;
  /** p₀: nothing is replaced before it. */
  readonly first: number;
}

/** The runs that replace anything; those of a batch compute the same layers and positions. */
function batchesOf(
  { model: { config } }: Subject,
  chosen: readonly PromptPair[],
  conditions: readonly Modules[],
  { mode, batch }: { readonly mode: AblationMode; readonly batch?: number },
): Row[][] {
  const [{ clean }] = chosen;
  const { length } = clean;
  const rows = conditions.flatMap((modules, condition) =>
    chosen.map(({ ranges }, pair): Row & { layer: number } => {
      const cells = replacedCells(modules, mode, { config, length, ranges });
      const { layer, position } = reach(cells, config.heads);
      return { condition, pair, cells, layer, first: Math.min(position, length - 1) };
    }),
  );
  const reached = rows.filter(({ layer }) => layer < config.layers);
  // Prompts side by side, of a single condition, are the rows of one baseline.
  if (chosen.length > 1) return reached.length === 0 ? [] : [rows];
  const alike = groupedBy(reached, ({ layer, first }) => layer * length + first);
  return [...alike.values()].flatMap((indices) => {
    const { first } = reached[indices[0]];
    const most = batch ?? rowsThatFit(config, length - first, length);
    return chunks(
      indices.map((i) => reached[i]),
      most,
    );
  });
}

/** The intact runs of pairs of one length, and what replacement values are made of. */
function recordPairs(
  subject: Subject,
  pairs: readonly PromptPair[],
): { own: Record<Side, RecordedPrompts>; source: ReplacementSource } {
  const [clean, corrupted] = SIDES.map((side) =>
    recordPrompts(
      subject,
      pairs.map((pair) => pair[side]),
    ),
  );
  const own = { clean, corrupted };
  return {
    own,
    source: {
      config: subject.model.config,
      pairs,
      own: (side) => own[side].activations,
      record: (prompts) => activationsOf(subject, prompts),
    },
  };
}

/**
 * d of each row.
 * @param baseline  of as many prompts as there are rows, or of the one that all rows are variants of
 */
function replaced(subject: Subject, baseline: Baseline, rows: readonly Row[], values: Activations): number[] {
  const [prompts] = baseline.residuals[0].shape;
  const { tokens, read } = answerReader(subject, {});
  const { logits } = resume(subject.model, baseline, {
    hooks: replacementHooks(
      rows.map(({ cells }) => cells),
      values,
    ),
    first: Math.min(...rows.map(({ first }) => first)),
    variants: prompts === 1 ? rows.length : undefined,
    answers: tokens,
  });
  return read(logits).map(difference);
}

function checkPairs(pairs: readonly PromptPair[]): void {
  if (pairs.length === 0) throw new RangeError("There is no pair to judge.");
  for (const [i, { clean, corrupted }] of pairs.entries())
    if (clean.length !== corrupted.length)
      throw new RangeError(
        `Pair ${i + 1}: the clean prompt has ${clean.length} tokens, the corrupted one ${corrupted.length}.`,
      );
}
