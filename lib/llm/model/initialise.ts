import { normalInit, ones, parameter, zeros } from "../../nn/initializers";
import { Rng, tf } from "../../tensor";
import { checkConfig, type ModelConfig } from "./config";
import type { LanguageModel, LanguageModelWeights, LayerWeights, Linear } from "./weights";

export interface InitialiseOptions {
  /** σ of every matrix. Default 0.02, of Llama and GPT-2. Small models want more: D^-½ keeps the size of what goes through a matrix of D inputs. */
  readonly deviation?: number;
}

/**
 * A decoder with fresh weights as variables, to be trained: matrices from N(0, σ²), those that write into the residual stream from N(0, σ² / 2L), so that the sum
 * of 2L sublayers is no larger than one; gains 1, biases 0. Where the configuration ties them, embedding and unembedding are one variable.
 * @param key  see lib/tensor/rng
 * @throws RangeError where there is no such model
 * @see Radford et al., Language Models are Unsupervised Multitask Learners, 2019, section 2.3
 */
export function initialiseLanguageModel(
  config: ModelConfig,
  key: tf.Tensor1D,
  { deviation = 0.02 }: InitialiseOptions = {},
): LanguageModel<tf.Variable> {
  const { width, layers, heads, kvHeads, headWidth, inner, vocabulary, qkvBias, tied } = checkConfig(
    config,
    "initialiseLanguageModel",
  );
  const gain = (from: tf.Tensor1D) => parameter(ones, from, [width]);
  const matrix = (from: tf.Tensor1D, outputs: number, inputs: number, share = 1) =>
    parameter(normalInit(deviation * share), from, [outputs, inputs]);
  const writer = (from: tf.Tensor1D, inputs: number) => ({
    weight: matrix(from, width, inputs, (2 * layers) ** -0.5),
  });
  const projection = (from: tf.Tensor1D, count: number): Linear<tf.Variable> => {
    const weight = matrix(from, count * headWidth, width);
    return qkvBias ? { weight, bias: parameter(zeros, from, [count * headWidth]) } : { weight };
  };
  const layer = (from: tf.Tensor1D): LayerWeights<tf.Variable> => {
    const [query, keys, value, output, gate, up, down] = Rng.split(from, 7);
    return {
      attentionNorm: gain(from),
      query: projection(query, heads),
      key: projection(keys, kvHeads),
      value: projection(value, kvHeads),
      output: writer(output, heads * headWidth),
      mlpNorm: gain(from),
      gate: { weight: matrix(gate, inner, width) },
      up: { weight: matrix(up, inner, width) },
      down: writer(down, inner),
    };
  };
  const weights = tf.tidy(() => {
    const [first, last, ...ofLayers] = Rng.split(key, 2 + layers);
    const embedding = matrix(first, vocabulary, width);
    return {
      embedding,
      layers: ofLayers.map(layer),
      finalNorm: gain(last),
      unembedding: tied ? embedding : matrix(last, vocabulary, width),
    };
  });
  return { config, weights };
}

/** The weights for an optimiser: each once, the tied embedding too. */
export function trainableWeights({
  config,
  weights,
}: LanguageModel<tf.Variable>): Partial<LanguageModelWeights<tf.Variable>> {
  const { unembedding: _shared, ...others } = weights;
  return config.tied ? others : weights;
}
