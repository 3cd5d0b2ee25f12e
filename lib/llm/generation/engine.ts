import { gather, tf } from "../../tensor";
import {
  cacheRows,
  type Decoded,
  type DecodeState,
  decoder,
  type KvCache,
  type LanguageModel,
} from "../model";
import { scoped } from "../model/scope";
import type { Tokenizer } from "../tokenizer";
import { type Sampler, sampler } from "./sampler";

/** A model that reads and writes text. */
export interface PretrainedModel {
  readonly model: LanguageModel;
  readonly tokenizer: Tokenizer;
}

export interface EngineOptions {
  /** Compile the model with XLA: quicker steps, after seconds of compiling for each size. Default false. */
  readonly xla?: boolean;
  /** Tokens of prompt and completion together. Default, and at most, what the model was made for. */
  readonly contextLength?: number;
}

/** A decoder and a sampler of one model: what generation is made of. */
export interface Engine {
  readonly tokenizer: Tokenizer;
  readonly sampler: Sampler;
  readonly contextLength: number;
  /** Most bytes that the state of one sequence of this length takes. */
  stateBytes(length: number): number;
  /** As the decoder's; logits are of the tokenizer's tokens only, as a model's table may have rows that stand for nothing. */
  prefill(rows: readonly (readonly number[])[], past?: KvCache): Decoded;
  step(state: DecodeState, tokens: readonly number[]): Decoded;
  /** A step of chosen rows of the state; a row may come more than once. The state stays as it is. */
  stepRows(state: DecodeState, rows: readonly number[], tokens: readonly number[]): Decoded;
  /** The first `length` columns of the state of one sequence, for another to go on from. Its tensors are its own. */
  prefixOf(state: DecodeState, length: number): KvCache;
  /** Frees the programs; states and weights stay. */
  dispose(): void;
}

/** @throws RangeError where the tokenizer has tokens that the model does not have, or the context is longer than the model's */
export function engine({ model, tokenizer }: PretrainedModel, options: EngineOptions = {}): Engine {
  const { vocabulary, maxPositions, layers, kvHeads, headWidth } = model.config;
  const { xla, contextLength = maxPositions } = options;
  if (tokenizer.size > vocabulary)
    throw new RangeError(
      `The tokenizer has ${tokenizer.size} tokens, the model only ${vocabulary}: they do not belong together.`,
    );
  if (!(Number.isInteger(contextLength) && contextLength >= 2 && contextLength <= maxPositions))
    throw new RangeError(
      `The context must be 2 to ${maxPositions} tokens, as the model was made for; not ${contextLength}.`,
    );
  const made = decoder(model, { xla });
  const draws = sampler();

  function known({ logits, state }: Decoded): Decoded {
    if (tokenizer.size === vocabulary) return { logits, state };
    const some = logits.slice<tf.Tensor2D>([0, 0], [-1, tokenizer.size]);
    logits.dispose();
    return { logits: some, state };
  }

  return {
    tokenizer,
    sampler: draws,
    contextLength,
    // Keys and values in float32. A prefix has up to half as much again as it holds, and a tail of 32 columns behind it.
    stateBytes: (length) => 2 * layers * kvHeads * headWidth * 4 * (Math.ceil(1.5 * length) + 48),
    prefill: (rows, past) => known(made.prefill(rows, past)),
    step: (state, tokens) => known(made.step(state, tokens)),
    stepRows: (state, rows, tokens) =>
      scoped(() => {
        const past = cacheRows(made.cacheOf(state), rows);
        return known(
          made.prefill(
            tokens.map((token) => [token]),
            past,
          ),
        );
      }),
    prefixOf(state, length) {
      return scoped(() => {
        const { layers: all, bias } = made.cacheOf(state);
        const cut = (x: tf.Tensor4D) => x.slice<tf.Tensor4D>([0, 0, 0, 0], [-1, -1, length, -1]);
        return {
          layers: all.map(({ key, value }) => ({ key: cut(key), value: cut(value) })),
          bias: bias.slice<tf.Tensor2D>([0, 0], [-1, length]),
          lengths: [length],
        };
      });
    },
    dispose() {
      made.dispose();
      draws.dispose();
    },
  };
}

/** Chosen rows of [B, V]. */
export function rowsOf(logits: tf.Tensor2D, rows: readonly number[]): tf.Tensor2D {
  return gather<tf.Tensor2D>(logits, tf.tensor1d([...rows], "int32"));
}
