import type { tf } from "../tensor";
import type { SequentialModel, TrainingBatch } from "./models/sequentialModel";
import type { SequentialDataset } from "./sequences";
import { type TrainOptions, type TrainResult, train } from "./train";

/** A model with an objective before the next item. */
export interface PretrainableModel extends SequentialModel {
  /** The objective of the first stage, on the histories of a batch: its targets are not looked at. */
  pretrainLoss(batch: TrainingBatch, key: tf.Tensor1D): tf.Scalar;
}

/** How long: `epochs`, or `steps`, of which the last epoch may then be cut short. */
export type PretrainOptions = Omit<TrainOptions, "epochs" | "patience" | "keep"> &
  (
    | { readonly epochs: number; readonly steps?: undefined }
    | { readonly steps: number; readonly epochs?: undefined }
  );

/**
 * The first stage of a model that has two: so many epochs or steps of its pre-training objective, by the loop of `train`, with all that
 * it offers (progress, signal, checkpoint). The model keeps the weights of the last epoch; the second stage is a `train` of the same model,
 * with an optimiser of its own. The validation metrics of an epoch say how the encoder ranks by then; nothing is chosen by them.
 */
export async function pretrain(
  model: PretrainableModel,
  dataset: SequentialDataset,
  options: PretrainOptions,
): Promise<TrainResult> {
  const { epochs, steps } = options;
  if (epochs === undefined && steps === undefined)
    throw new Error("pretrain: give it a number of epochs or of steps.");
  const firstStage: SequentialModel = {
    ...model,
    name: `${model.name} pre-training`,
    loss: model.pretrainLoss,
  };
  return train(firstStage, dataset, {
    ...options,
    epochs: epochs ?? Number.POSITIVE_INFINITY,
    keep: "last",
  });
}
