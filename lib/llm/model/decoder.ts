import { tf } from "../../tensor";
import type { ModelConfig } from "./config";
import { capacity, disposeCache, type KvCache, lengthBias, packed, type Used } from "./kvCache";
import { type DecoderPrograms, decoderPrograms } from "./programs";
import { scoped } from "./scope";
import { emptyTail, TAIL_COLUMNS, type Tail, tailCache } from "./tail";
import type { LanguageModel } from "./weights";

/** Sequences that grow token by token, as far as they are. It is a value, as a cache is: any number of steps may start from one. */
export interface DecodeState {
  /** Tokens read so far of each row. */
  readonly lengths: readonly number[];
  /** Frees what no other state needs. */
  dispose(): void;
}

export interface Decoded {
  /** [B, V], of the token that follows each row's last one */
  readonly logits: tf.Tensor2D;
  readonly state: DecodeState;
}

/** The model without hooks, in compiled programs: one for each size that prompts and caches are filled up to. */
export interface Decoder {
  /**
   * Reads prompts.
   * @param rows  token ids, at least one a row; rows may differ in length
   * @param past  what has been read before them; it stays as it is
   */
  prefill(rows: readonly (readonly number[])[], past?: KvCache): Decoded;
  /** Reads one token more of each row. The state stays as it is. @throws RangeError where the model has no more positions */
  step(state: DecodeState, tokens: readonly number[]): Decoded;
  /** What a state has read, for a run with hooks or another prefill; its tensors are its own. */
  cacheOf(state: DecodeState): KvCache;
  /** Programs made so far. */
  readonly programs: number;
  /** Frees the programs; states stay. */
  dispose(): void;
}

/** A prefix that states share; freed with the last of them. */
interface Prefix extends Used {
  readonly used: number;
  holders: number;
}

interface State extends DecodeState {
  readonly prefix: Prefix;
  readonly tail: Tail;
  /** Columns of the tail that hold a token. */
  readonly filled: number;
}

/**
 * @param model  its weights must outlive the decoder; where they are variables, they are read anew at each call
 * @param xla    compile with XLA: quicker steps, after seconds of compiling for each size. Default false.
 */
export function decoder(model: LanguageModel, { xla = false }: { readonly xla?: boolean } = {}): Decoder {
  const { config } = model;
  const programs = decoderPrograms(model, xla);
  return {
    prefill: (rows, past) => prefill(programs, config, rows, past),
    step: (state, tokens) => step(programs, config, state as State, tokens),
    cacheOf: (state) => {
      const { prefix, tail, filled, lengths } = state as State;
      return scoped(() => packed([prefix, { cache: tailCache(tail, lengths), used: filled }]));
    },
    get programs() {
      return programs.count();
    },
    dispose: () => programs.dispose(),
  };
}

function prefill(
  programs: DecoderPrograms,
  config: ModelConfig,
  rows: readonly (readonly number[])[],
  past: KvCache | undefined,
): Decoded {
  const lengths = checkedLengths(config, rows, past);
  const longest = Math.max(...rows.map((row) => row.length));
  const columns = capacity(longest);
  return scoped(() => {
    const tokens = rows.flatMap((row) => [...row, ...Array<number>(columns - row.length).fill(0)]);
    const { logits, fresh } = programs.prefill(
      tf.tensor2d(tokens, [rows.length, columns], "int32"),
      vector(rows.map((row) => row.length - 1)),
      past && packed([{ cache: past }], capacity(past.bias.shape[1])),
    );
    const bias = lengthBias(
      rows.map((row) => row.length),
      columns,
    );
    const read = { cache: { layers: fresh, bias, lengths }, used: longest };
    const before = past === undefined ? [] : [{ cache: past }];
    const used = (past?.bias.shape[1] ?? 0) + longest;
    const cache = packed([...before, read], capacity(used));
    return { logits, state: stateOf({ cache, used, holders: 0 }, emptyTail(cache), 0, lengths) };
  });
}

function step(
  programs: DecoderPrograms,
  config: ModelConfig,
  state: State,
  tokens: readonly number[],
): Decoded {
  const lengths = checkedLengths(
    config,
    tokens.map((token) => [token]),
    state,
  );
  return scoped(() => {
    const { prefix, tail, filled } = state.filled < TAIL_COLUMNS ? state : withEmptyTail(state);
    const made = programs.step(
      vector(tokens),
      vector(state.lengths),
      prefix.cache,
      tail,
      tf.scalar(filled, "int32"),
    );
    return { logits: made.logits, state: stateOf(prefix, made.tail, filled + 1, lengths) };
  });
}

/** The state whose tail has become part of its prefix. */
function withEmptyTail({ prefix, tail, lengths }: State): Pick<State, "prefix" | "tail" | "filled"> {
  const used = prefix.used + TAIL_COLUMNS;
  const cache = packed([prefix, { cache: tailCache(tail, lengths) }], capacity(used));
  return { prefix: { cache, used, holders: 0 }, tail: emptyTail(cache), filled: 0 };
}

function stateOf(prefix: Prefix, tail: Tail, filled: number, lengths: readonly number[]): State {
  prefix.holders++;
  let held = true;
  const dispose = () => {
    if (!held) return;
    held = false;
    tail.dispose();
    prefix.holders--;
    if (prefix.holders === 0) disposeCache(prefix.cache);
  };
  return { prefix, tail, filled, lengths, dispose };
}

function vector(values: readonly number[]): tf.Tensor1D {
  return tf.tensor1d([...values], "int32");
}

/** @returns tokens of each row, those before included */
function checkedLengths(
  { vocabulary, maxPositions }: ModelConfig,
  rows: readonly (readonly number[])[],
  before: { readonly lengths: readonly number[] } | undefined,
): number[] {
  if (rows.length === 0) throw new RangeError("decoder: there is no row.");
  if (before !== undefined && before.lengths.length !== rows.length)
    throw new RangeError(
      `decoder: ${rows.length} rows of tokens cannot go on from ${before.lengths.length}.`,
    );
  return rows.map((row, index) => {
    if (row.length === 0) throw new RangeError(`decoder: row ${index} has no token.`);
    const wrong = row.find((token) => !(Number.isInteger(token) && token >= 0 && token < vocabulary));
    if (wrong !== undefined)
      throw new RangeError(`decoder: row ${index} has the token ${wrong}; the vocabulary has ${vocabulary}.`);
    const total = (before?.lengths[index] ?? 0) + row.length;
    if (total > maxPositions)
      throw new RangeError(
        `decoder: row ${index} would have ${total} tokens; the model has ${maxPositions} positions.`,
      );
    return total;
  });
}
