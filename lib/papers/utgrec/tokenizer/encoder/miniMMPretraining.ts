import { applyDense, type Dense, dense } from "../../../../nn/dense";
import { type KeyStream, keyStream } from "../../../../nn/dropout";
import { adamW } from "../../../../optim";
import { shuffledBatches } from "../../../../recsys/batches";
import { eventLoop, filledUp, rowWeights } from "../../../../recsys/stepping";
import { compile, disposeTree, tf } from "../../../../tensor";
import * as Rng from "../../../../tensor/rng";
import { type ItemContent, selectContent } from "../content";
import { type ImageDecoder, imageDecoder, patchStates } from "../decoders/imageDecoder";
import { maskText } from "../decoders/masking";
import { type TextDecoder, textDecoder, textLogits, textLoss } from "../decoders/textDecoder";
import { encodeContent, type MiniMm, trainedMiniMm } from "./miniMM";

/** What is put behind the encoder for the time of its pre-training. */
export interface AutoencoderHeads<T extends tf.Tensor = tf.Variable> {
  readonly text: TextDecoder<T>;
  readonly image: ImageDecoder<T>;
  /** A patch's state [d] to the patch [C]. */
  readonly patch: Dense<T>;
}

export function autoencoderHeads({ options }: MiniMm<tf.Tensor>, key: tf.Tensor1D): AutoencoderHeads {
  const { dimensions, levels, inner, heads, epsilon, textLength, patches, channels } = options;
  const [textKey, imageKey, patchKey] = Rng.split(key, 3);
  const sizes = { dimensions, levels, inner, heads, epsilon };
  const made = {
    text: textDecoder({ ...sizes, length: textLength }, textKey),
    image: imageDecoder({ ...sizes, length: patches }, imageKey),
    patch: dense({ inputs: dimensions, outputs: channels }, patchKey),
  };
  tf.dispose([textKey, imageKey, patchKey]);
  return made;
}

export interface AutoencoderLoss {
  /** text + image */
  readonly loss: tf.Scalar;
  /** Cross-entropy of the words, nats. */
  readonly text: tf.Scalar;
  /** Mean squared error of the patches. */
  readonly image: tf.Scalar;
}

/**
 * How well an item can be told from H alone: all words and patches are masked, so that the vectors of the code tokens are the only way from the item to
 * its reconstruction.
 * @param rows  [B]: weights of the items
 * @param keys  of the dropout; absent: evaluation
 */
export function autoencoderLoss(
  model: MiniMm<tf.Tensor>,
  heads: AutoencoderHeads<tf.Tensor>,
  content: ItemContent,
  rows: tf.Tensor1D,
  keys?: KeyStream,
): AutoencoderLoss {
  const { options, weights } = model;
  const H = encodeContent(model, content, keys);
  // The rule draws nothing, so that any key will do.
  const masked = maskText(content.text, { rule: "all", words: options.vocabulary }, Rng.key(0));
  const logits = textLogits(heads.text, H, masked.inputs, weights.words.table, keys);
  const text = textLoss(logits, content.text, masked.selected.mul(rows.expandDims(1)));
  const patches = applyDense(heads.patch, patchStates(heads.image, H, keys));
  const errors = patches.sub(content.image).square().mean<tf.Tensor1D>([1, 2]);
  const shown = content.hasImage.mul<tf.Tensor1D>(rows);
  const image = errors.mul(shown).sum().div<tf.Scalar>(tf.maximum(shown.sum(), 1));
  return { loss: text.add(image), text, image };
}

export interface MiniMmPretrainingOptions {
  readonly epochs: number;
  /** Order of the batches, dropout and the heads' first weights come from it. */
  readonly seed: number;
  /** Rows of the content to train on. Default: all. */
  readonly items?: Int32Array;
  /** Default 64. */
  readonly batchSize?: number;
  /** Constant. Default 0.003. */
  readonly learningRate?: number;
  readonly onEpoch?: (record: MiniMmEpoch) => void;
  /** Ends the training after the running step. */
  readonly signal?: AbortSignal;
}

export interface MiniMmEpoch {
  /** From 1. */
  readonly epoch: number;
  /** Means over the steps. */
  readonly text: number;
  readonly image: number;
}

/**
 * Stands for the training that a multimodal language model has behind it: the model learns to write down an item so that it can be told again. The heads
 * are thrown away; the tokenizer begins with fresh ones, as the paper's does.
 *
 * An autoencoder through the code tokens, not the next word: of two ways to spend a few hundred steps, this one makes the very vectors informative that are
 * quantised later. Nothing of a target domain should be in the content.
 * @throws Error where the loss is not finite
 */
export async function pretrainMiniMm(
  model: MiniMm,
  content: ItemContent,
  {
    epochs,
    seed,
    batchSize = 64,
    learningRate = 0.003,
    onEpoch,
    signal,
    ...options
  }: MiniMmPretrainingOptions,
): Promise<readonly MiniMmEpoch[]> {
  const items = options.items ?? Int32Array.from({ length: content.hasImage.size }, (_, row) => row);
  const key = Rng.key(seed);
  const heads = autoencoderHeads(model, key);
  const headWeights = { text: heads.text.weights, image: heads.image.weights, patch: heads.patch };
  const optimizer = adamW(
    { model: trainedMiniMm(model, "pretraining"), heads: headWeights } as object as Parameters<
      typeof adamW
    >[0],
    { learningRate, clipNorm: 1, decays: (path) => path.endsWith(".weight") && !/norm/i.test(path) },
  );
  const step = compile(
    (all: ItemContent, rows: tf.Tensor1D, weights: tf.Tensor1D, dropoutKey: tf.Tensor1D): tf.Tensor1D =>
      tf.tidy(() => {
        let parts: tf.Tensor[] = [];
        optimizer.step(() => {
          const { loss, text, image } = autoencoderLoss(
            model,
            heads,
            selectContent(all, rows),
            weights,
            keyStream(dropoutKey),
          );
          parts = [tf.keep(text.clone()), tf.keep(image.clone())];
          return loss;
        });
        const both = tf.stack(parts) as tf.Tensor1D;
        tf.dispose(parts);
        return both;
      }),
    { name: "MiniMM pre-training step", xla: false },
  );
  const history: MiniMmEpoch[] = [];
  let made = 0;
  try {
    for (let epoch = 1; epoch <= epochs; epoch++) {
      const sums = [0, 0];
      let steps = 0;
      for (const batch of shuffledBatches(items, { batchSize, seed, epoch })) {
        if (signal?.aborted) return history;
        const losses = tf.tidy(() =>
          step(
            content,
            tf.tensor1d(filledUp(batch, batchSize), "int32"),
            rowWeights(batch.length, batchSize),
            Rng.foldIn(key, made++),
          ).dataSync(),
        );
        sums.forEach((sum, k) => {
          sums[k] = sum + losses[k];
        });
        steps++;
      }
      const record = { epoch, text: sums[0] / steps, image: sums[1] / steps };
      if (!Number.isFinite(record.text + record.image))
        throw new Error(`MiniMM: the loss of epoch ${epoch} is not finite: lower the learning rate.`);
      history.push(record);
      onEpoch?.(record);
      await eventLoop();
    }
    return history;
  } finally {
    optimizer.dispose();
    step.dispose();
    disposeTree(headWeights);
    key.dispose();
  }
}
