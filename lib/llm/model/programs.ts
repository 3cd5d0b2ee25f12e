import { compile, tf } from "../../tensor";
import { gather } from "../../tensor/ops/gather";
import { causalBias, type KeysAndValues, type Seen } from "./attention";
import { decoderLayers, embed, finalNorm, unembed } from "./forward";
import { UNOBSERVED } from "./hooks";
import { type KvCache, seen } from "./kvCache";
import { type Rotation, rotationAt, rotationOf } from "./rope";
import { appended, TAIL_COLUMNS, type Tail, tailBlocks } from "./tail";
import type { LanguageModel } from "./weights";

/** What a program reads and makes of new tokens. */
interface Read {
  /** [B, V], behind each row's last token */
  readonly logits: tf.Tensor2D;
  /** Of each layer, [B, G, n, d] */
  readonly fresh: KeysAndValues[];
}

/** The compiled functions of a decoder; each is traced once for each of its shapes. */
export interface DecoderPrograms {
  /**
   * @param tokens  [B, n] int32, filled up at the right
   * @param last    [B] int32, the column of each row's last token
   */
  prefill(tokens: tf.Tensor2D, last: tf.Tensor1D, past: KvCache | undefined): Read;
  /**
   * @param tokens     [B] int32
   * @param positions  [B] int32
   * @param filled     int32, columns of the tail that hold a token; the new one goes behind them
   */
  step(
    tokens: tf.Tensor1D,
    positions: tf.Tensor1D,
    prefix: KvCache,
    tail: Tail,
    filled: tf.Scalar,
  ): { readonly logits: tf.Tensor2D; readonly tail: Tail };
  count(): number;
  dispose(): void;
}

export function decoderPrograms(model: LanguageModel, xla: boolean): DecoderPrograms {
  const { config } = model;

  const first = compile(
    (tokens: tf.Tensor2D, last: tf.Tensor1D) =>
      read(model, tokens, last, rotationOf(config, 0, tokens.shape[1]), () => []),
    { name: "prefill", xla },
  );

  const further = compile(
    (tokens: tf.Tensor2D, last: tf.Tensor1D, starts: tf.Tensor1D, past: Columns) => {
      const [, count] = tokens.shape;
      const positions = starts.expandDims<tf.Tensor2D>(1).add<tf.Tensor2D>(tf.range(0, count, 1, "int32"));
      const rotation = rotationAt(config, positions, past.bias.shape[1] + count);
      return read(model, tokens, last, rotation, (layer) => [seen(past, layer)]);
    },
    { name: "prefill behind a cache", xla },
  );

  const next = compile(
    (tokens: tf.Tensor1D, positions: tf.Tensor1D, prefix: Columns, tail: Tail, filled: tf.Scalar) => {
      const limit = prefix.bias.shape[1] + TAIL_COLUMNS;
      const rotation = rotationAt(config, positions.expandDims(1), limit);
      const tails = tailBlocks(tail, filled);
      const pastOf = (layer: number) => [seen(prefix, layer), tails[layer]];
      const { logits, fresh } = read(model, tokens.expandDims(1), undefined, rotation, pastOf);
      return { logits, tail: appended(tail, fresh, filled) };
    },
    { name: "decode", xla },
  );

  const programs = [first, further, next];
  return {
    prefill: (tokens, last, past) =>
      past === undefined
        ? first(tokens, last)
        : further(tokens, last, tf.tensor1d([...past.lengths], "int32"), columnsOf(past)),
    step: (tokens, positions, prefix, tail, filled) =>
      next(tokens, positions, columnsOf(prefix), tail, filled),
    count: () => programs.reduce((sum, { traces }) => sum + traces, 0),
    dispose: () => {
      for (const program of programs) program.dispose();
    },
  };
}

/** A cache without its lengths, which are another number at each call. */
type Columns = Pick<KvCache, "layers" | "bias">;

function columnsOf({ layers, bias }: KvCache): Columns {
  return { layers, bias };
}

/** @param last  [B] int32; absent: the only column */
function read(
  model: LanguageModel,
  tokens: tf.Tensor2D,
  last: tf.Tensor1D | undefined,
  rotation: Rotation,
  pastOf: (layer: number) => readonly Seen[],
): Read {
  const { config } = model;
  const [batch, count] = tokens.shape;
  const bias = count === 1 ? undefined : causalBias(count);
  const context = { config, observer: UNOBSERVED, rotation, bias };
  const { hidden, fresh } = decoderLayers(model, embed(model, tokens), 0, pastOf, context);
  const chosen = last === undefined ? hidden : gather<tf.Tensor3D>(hidden, last.reshape([batch, 1]), 1, 1); // [B, 1, D]
  const normed = finalNorm(model, chosen, context).reshape([batch, config.width]);
  return { logits: unembed<tf.Tensor2D>(model, normed), fresh };
}
