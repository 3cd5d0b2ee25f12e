import type { ParameterTree } from "../../optim";
import type { tf } from "../../tensor";
import type { SequentialModel, TrainingBatch } from "../models/sequentialModel";
import type { ContentDomain } from "./domains";

/**
 * A recommender that knows items by their content, so that what it learns in some domains can be used in another: it is pre-trained on a mixture of domains
 * (`pretrainOnMixture`), and fine-tuned on a target (`fineTune`).
 */
export interface TransferModel {
  readonly name: string;
  /** All that is carried from domain to domain. Pre-training and fine-tuning move these variables themselves, or some of them. */
  readonly weights: ParameterTree;
  /**
   * The objective of pre-training.
   * @param mixture from `mixDomains`
   * @param seed    of whatever has to be drawn first: clusters, codes
   */
  pretraining(mixture: ContentDomain, seed: number): Pretraining;
  /**
   * The model on a target domain.
   * @param seed of whatever has to be drawn first: embeddings of the target's own items, clusters, codes
   */
  fineTuning(target: ContentDomain, seed: number): FineTuning;
}

export interface Pretraining {
  /** What pre-training moves. */
  readonly parameters: ParameterTree;
  /**
   * The objective on histories and their next items, from any of the domains in one batch.
   * @param batch its item ids are rows of the mixture's content, 1..ΣV; rows of weight 0 only fill it up and must not count, nor serve as negatives
   * @param key   feeds dropout and everything else that is drawn
   */
  loss(batch: TrainingBatch, key: tf.Tensor1D): tf.Scalar;
  /** Frees what was made for the mixture. The weights stay. */
  dispose(): void;
}

export interface FineTuning {
  /** One after the other; the model of the last is the recommender that is tested. */
  readonly stages: readonly [FineTuningStage, ...FineTuningStage[]];
  /** Frees what was made for the target. The model's weights stay. */
  dispose(): void;
}

export interface FineTuningStage {
  /** `parameters` are what the stage moves, `loss` is that over all items of the target, `score` scores them all. */
  readonly model: SequentialModel;
  /** So many epochs, the last of which is kept. Default: until the validation gets no better, and the best is kept. */
  readonly epochs?: number;
  /** Called before the stage's first step: hands over what the stage before has learnt. */
  start?(): void;
}
