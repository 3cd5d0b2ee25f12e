import { adamW, type Optimizer } from "../../optim";
import { decodeStates, encode } from "../../recsys/generative/t5";
import type { T5 } from "../../recsys/generative/t5Parameters";
import type { SequentialDataset } from "../../recsys/sequences";
import { compile, disposeTree, noGradient, tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import type { AnnotationOptions } from "./annotation";
import { type EpochsOptions, runEpochs, type Training } from "./epochs";
import { disposeThinking, frozen, frozenThinking } from "./frozen";
import type { HistoryOptions } from "./historyBatches";
import { type LossOptions, type StageTwoBatch, stageTwoLosses, thinkingLosses } from "./losses";
import { type PreferenceForm, preferences } from "./preference";
import type { OptimiserOptions } from "./sequenceTraining";
import { type StageTwoBatches, stageTwoBatches } from "./stageTwoBatches";
import type { ThinkingModel } from "./states";
import type { StreamTokens } from "./tokens";
import { type Annotator, createAnnotator, type TraceDiagnostics, type TraceTable } from "./traceTable";

export interface StageTwoOptions
  extends EpochsOptions,
    OptimiserOptions,
    HistoryOptions,
    AnnotationOptions,
    Omit<LossOptions, "comparesTraces"> {
  /** Epochs before, in which only the networks of state and residual learn, by L_con and L_q. Default 1. */
  readonly stateEpochs?: number;
  /** Share of the rows that write the target at once. Default 0.25. */
  readonly directShare?: number;
  /** Whether a case is annotated by the weights of each epoch, or always by those from before the first. Default `every epoch`. */
  readonly annotated?: "every epoch" | "once";
  /** What the model learns to think. Default: what it annotates itself. */
  readonly traces?: (cases: Int32Array, epoch: number) => TraceTable;
  /** Default `likelihoods`. */
  readonly preference?: PreferenceForm;
  /** Of the search for a wrong item. Default 10. */
  readonly preferenceBeams?: number;
  /** π_dir of the form `likelihoods`: a trained TIGER, which stays as it is. Default: the model as the stage begins, in its direct mode. */
  readonly direct?: T5<tf.Tensor>;
  /** Of every annotation, those of the first epochs with stage `states`. */
  readonly onAnnotation?: (stage: "states" | "model", epoch: number, diagnostics: TraceDiagnostics) => void;
}

export interface StageTwo {
  /** Of the networks of state and residual alone; its losses are `contrast` and `quantisation`. */
  readonly states: Training;
  readonly model: Training;
}

const LOSSES = ["loss", "sft", "direct", "contrast", "quantisation", "preference"] as const;
const STATE_LOSSES = ["loss", "contrast", "quantisation"] as const;

/**
 * Stage 2: the model learns to think the traces that iterative inference finds. Annotation and learning take turns: before every epoch its cases are
 * annotated, with the weights of that moment or with those from which the stage began.
 * @throws Error where a case is held out, or a loss is not finite
 * @see STREAM-Rec, arXiv:2504.09627, stage 2; how often the paper annotates is not known
 */
export async function fineTune(
  model: ThinkingModel,
  dataset: SequentialDataset,
  tokens: StreamTokens,
  options: StageTwoOptions,
): Promise<StageTwo> {
  const { steps, stateEpochs = 1, preferenceWeight = 0.1, preferenceBeams } = options;
  const { preference: form = "likelihoods" } = options;
  const own = createAnnotator(model, dataset, tokens, options);
  const isPreferring = preferenceWeight > 0;
  const reference = isPreferring ? (form === "likelihoods" && options.direct) || frozen(model.t5) : undefined;
  const preferred =
    reference && preferences(reference, dataset, tokens, { ...options, form, beams: preferenceBeams }, steps);
  const rows = stageTwoBatches(dataset, tokens, options);

  const prepare = (stage: "states" | "model", annotator: Annotator) => {
    function annotated(epoch: number, cases: Int32Array): TraceTable {
      const { diagnostics, ...table } = annotator(cases);
      options.onAnnotation?.(stage, epoch, diagnostics);
      return table;
    }
    return (epoch: number, cases: Int32Array) => {
      const made = options.traces?.(cases, epoch) ?? annotated(epoch, cases);
      rows.take(made, stage === "model" ? preferred?.pairs(made) : undefined);
    };
  };

  let before: ThinkingModel<tf.Tensor> | undefined;
  let fixed: Annotator | undefined;
  try {
    const states = await trainStates(model, rows, prepare("states", own), {
      ...options,
      epochs: stateEpochs,
    });
    if (options.annotated === "once") {
      before = frozenThinking(model);
      fixed = createAnnotator(before, dataset, tokens, options);
    }
    const whole = states.complete
      ? await trainModel(model, rows, prepare("model", fixed ?? own), {
          ...options,
          comparesTraces: form === "pair",
        })
      : { ...states, history: [], steps: 0 };
    return { states, model: whole };
  } finally {
    own.dispose();
    fixed?.dispose();
    if (before !== undefined) disposeThinking(before);
    preferred?.dispose();
    if (reference !== undefined && reference !== options.direct) disposeTree(reference.weights);
  }
}

type Prepare = (epoch: number, cases: Int32Array) => void;

/** The epochs in which MLP_s and MLP_r learn from a T5 that stands still, without dropout: a_con L_con + a_q L_q. */
async function trainStates(
  { t5, networks }: ThinkingModel,
  rows: StageTwoBatches,
  prepare: Prepare,
  options: StageTwoOptions,
): Promise<Training> {
  const { contrastWeight = 0.1, quantisationWeight = 0.1 } = options;
  const optimizer = optimiserOf(networks, options);
  const program = compile(
    ({ sequences, targets, items, real }: StageTwoBatch) =>
      updated(optimizer, STATE_LOSSES, () => {
        const outputs = noGradient(() => decodeStates(t5, sequences.inputs, encode(t5, sequences.histories)));
        const traces = sequences.labels.slice<tf.Tensor2D>([0, 0], [-1, options.steps]);
        const own = { traces, targets, items, real, options };
        const { contrast, quantisation } = thinkingLosses({ t5, networks }, outputs, own);
        const mean = (values: tf.Tensor1D) => values.mul(real).sum().div<tf.Scalar>(real.sum());
        const losses = { contrast: mean(contrast), quantisation: mean(quantisation) };
        const loss = losses.contrast
          .mul<tf.Scalar>(contrastWeight)
          .add<tf.Scalar>(losses.quantisation.mul(quantisationWeight));
        return { loss, ...losses };
      }),
    { name: "STREAM-Rec, networks of stage 2", xla: false },
  );
  try {
    return await runEpochs(
      {
        name: "STREAM-Rec, networks of stage 2",
        parameters: optimizer.parameters,
        losses: STATE_LOSSES,
        prepare,
        step: ({ cases, real, epoch }) =>
          tf.tidy(() => program(rows.batch(cases, { real, epoch, directShare: 0 }))),
      },
      // Which of its weights are best can be judged only when the model has learnt from them.
      { ...options, validate: undefined, onEpoch: undefined },
    );
  } finally {
    optimizer.dispose();
    program.dispose();
  }
}

/** The epochs in which all learns. */
async function trainModel(
  model: ThinkingModel,
  rows: StageTwoBatches,
  prepare: Prepare,
  options: StageTwoOptions & LossOptions,
): Promise<Training> {
  const { directShare = 0.25 } = options;
  const optimizer = optimiserOf({ t5: model.t5.weights, networks: model.networks }, options);
  const key = Rng.key(options.seed);
  const program = compile(
    (batch: StageTwoBatch, index: tf.Scalar) =>
      updated(optimizer, LOSSES, () => stageTwoLosses(model, batch, options, Rng.foldIn(key, index))),
    { name: "STREAM-Rec, stage 2", xla: false },
  );
  try {
    return await runEpochs(
      {
        name: "STREAM-Rec, stage 2",
        parameters: optimizer.parameters,
        losses: LOSSES,
        prepare,
        step: ({ cases, real, epoch, index }) =>
          tf.tidy(() => program(rows.batch(cases, { real, epoch, directShare }), tf.scalar(index, "int32"))),
      },
      options,
    );
  } finally {
    optimizer.dispose();
    program.dispose();
    key.dispose();
  }
}

function optimiserOf(
  parameters: Parameters<typeof adamW>[0],
  { learningRate, weightDecay = 0.05, clipNorm = 1 }: OptimiserOptions,
): Optimizer {
  return adamW(parameters, { learningRate, weightDecay, clipNorm });
}

/** One update by `loss`, and all losses as they were before it. @returns [losses] */
function updated<Name extends string>(
  optimizer: Optimizer,
  names: readonly Name[],
  losses: () => Record<Name | "loss", tf.Scalar>,
): tf.Tensor1D {
  return tf.tidy(() => {
    let kept: tf.Tensor1D | undefined;
    const { gradients } = optimizer.gradients(() => {
      const all = losses();
      // Survives the scope in which the gradient is taken.
      kept = tf.keep(tf.stack(names.map((name) => all[name])) as tf.Tensor1D);
      return all.loss;
    });
    optimizer.apply(gradients);
    const result = (kept as tf.Tensor1D).clone();
    kept?.dispose();
    return result;
  });
}
