import { type Compiled, compile, Rng, tf } from "../../tensor";
import { scoped } from "../model/scope";
import { type LogProbabilities, logProbabilities, processLogits } from "./processors";
import type { SamplingOptions } from "./sampling";

/** Where a sequence stands. Its draws depend on nothing else than this and its logits, whatever is drawn beside it. */
export interface Draw {
  /** A whole number; safe, of either sign. */
  readonly seed: number;
  /** Tokens of this sequence that have been drawn before. */
  readonly step: number;
  /** [V]: 1 for the tokens that have occurred. Needed where repetition is penalised. */
  readonly seen?: Uint8Array;
}

/** The logarithms of some probabilities, in nats: those of the model's own logits, before anything is done to them. */
export interface TokenLogProbability {
  readonly logprob: number;
  /** Of the likeliest tokens, likeliest first. */
  readonly top: readonly { readonly token: number; readonly logprob: number }[];
}

/** Draws tokens, in compiled programs: one for each set of options in use and each batch size. */
export interface Sampler {
  /**
   * @param logits  [B, V]; they stay as they are
   * @param draws   B of them
   * @returns B tokens
   */
  draw(logits: tf.Tensor2D, options: SamplingOptions, draws: readonly Draw[]): number[];
  /**
   * @param tokens        B of them
   * @param alternatives  how many of the likeliest to tell of; may be 0
   */
  logProbabilities(
    logits: tf.Tensor2D,
    tokens: readonly number[],
    alternatives: number,
  ): TokenLogProbability[];
  /** Frees the programs. */
  dispose(): void;
}

/** How many tokens top-p looks at before it sorts the whole vocabulary. */
const CANDIDATES = 512;

/** What a program is given beside the logits; absent where it is not made for it. */
interface Inputs {
  /** [B, 2] int32 */
  readonly keys?: tf.Tensor2D;
  /** [B] int32 */
  readonly steps?: tf.Tensor1D;
  readonly temperature?: tf.Scalar;
  readonly topP?: tf.Scalar;
  readonly minP?: tf.Scalar;
  readonly penalty?: tf.Scalar;
  /** [B, V] bool */
  readonly seen?: tf.Tensor;
}

interface Drawn {
  /** [B] int32 */
  readonly tokens: tf.Tensor1D;
  /** Whether the candidates were enough. */
  readonly decided: tf.Scalar;
}

/** @param candidates  of top-p, at first; the tokens do not depend on it */
export function sampler({ candidates = CANDIDATES }: { readonly candidates?: number } = {}): Sampler {
  const programs = new Map<string, Compiled<[tf.Tensor2D, Inputs], Drawn>>();
  const reports = new Map<number, Compiled<[tf.Tensor2D, tf.Tensor1D], LogProbabilities>>();

  /** The program of these inputs. */
  function programOf(inputs: Inputs, topK: number | undefined, looked: number) {
    const names = Object.keys(inputs).filter((name) => inputs[name as keyof Inputs] !== undefined);
    const name = `draw with ${[...names, `top-k ${topK}`, `${looked} candidates`].join(", ")}`;
    const made =
      programs.get(name) ??
      compile((logits: tf.Tensor2D, given: Inputs) => drawn(logits, given, topK, looked), {
        name,
        xla: false,
      });
    programs.set(name, made);
    return made;
  }

  function draw(logits: tf.Tensor2D, options: SamplingOptions, draws: readonly Draw[]): number[] {
    const { temperature = 1, topK, topP = 1 } = options;
    const [, vocabulary] = logits.shape;
    const isCut = topK !== undefined && topK < vocabulary && temperature > 0;
    const inputs = inputsOf(options, draws, vocabulary);
    const once = (looked: number) => {
      const { tokens, decided } = programOf(inputs, isCut ? topK : undefined, looked)(logits, inputs);
      return decided.dataSync()[0] ? [...tokens.dataSync()] : undefined;
    };
    const looked = topP < 1 && temperature > 0 ? Math.min(candidates, vocabulary) : 0;
    return once(looked) ?? once(vocabulary)!;
  }

  return {
    draw: (logits, options, draws) => scoped(() => draw(logits, options, draws)),
    logProbabilities(logits, tokens, alternatives) {
      const made =
        reports.get(alternatives) ??
        compile(
          (rows: tf.Tensor2D, chosen: tf.Tensor1D) =>
            logProbabilities(rows, chosen, Math.max(1, alternatives)),
          { name: `log-probabilities with ${alternatives} alternatives`, xla: false },
        );
      reports.set(alternatives, made);
      return scoped(() => {
        const { chosen, top, topTokens } = made(logits, tf.tensor1d([...tokens], "int32"));
        const [logprobs, values, indices] = [chosen.dataSync(), top.arraySync(), topTokens.arraySync()];
        return tokens.map((_, row) => ({
          logprob: logprobs[row],
          top: indices[row].slice(0, alternatives).map((token, i) => ({ token, logprob: values[row][i] })),
        }));
      });
    },
    dispose() {
      for (const program of [...programs.values(), ...reports.values()]) program.dispose();
      programs.clear();
      reports.clear();
    },
  };
}

function drawn(logits: tf.Tensor2D, given: Inputs, topK: number | undefined, candidates: number): Drawn {
  const { keys, steps, temperature, topP, minP, penalty, seen } = given;
  const { logits: left, decided } = processLogits(logits, {
    temperature,
    topK,
    minP,
    topP: topP && { p: topP, candidates },
    repetition: penalty && seen && { seen, penalty },
  });
  if (keys === undefined || steps === undefined) return { tokens: left.argMax(-1), decided };
  const vocabulary = logits.shape[1];
  const at = tf.unstack(steps);
  // argmax of x_v + g_v, g standard Gumbel, is a draw from the softmax of x.
  const noise = (tf.unstack(keys) as tf.Tensor1D[]).map((key, row) =>
    Rng.gumbel(Rng.foldIn(key, at[row]), [vocabulary]),
  );
  return { tokens: left.add(tf.stack(noise)).argMax(-1), decided };
}

/** The likeliest token is the same under any temperature, and never cut off: only a penalty can change which it is. */
function inputsOf(options: SamplingOptions, draws: readonly Draw[], vocabulary: number): Inputs {
  const { temperature = 1, topP = 1, minP = 0, repetitionPenalty = 1 } = options;
  const penalised = repetitionPenalty !== 1;
  const penalty = {
    penalty: penalised ? tf.scalar(repetitionPenalty) : undefined,
    seen: penalised ? seenOf(draws, vocabulary) : undefined,
  };
  if (temperature === 0) return penalty;
  return {
    ...penalty,
    temperature: temperature === 1 ? undefined : tf.scalar(temperature),
    topP: topP === 1 ? undefined : tf.scalar(topP),
    minP: minP === 0 ? undefined : tf.scalar(minP),
    keys: tf.tensor2d(
      draws.map(({ seed }) => [seed | 0, Math.floor(seed / 2 ** 32) | 0]), // as Rng.key, and for negative seeds too
      [draws.length, 2],
      "int32",
    ),
    steps: tf.tensor1d(
      draws.map(({ step }) => step),
      "int32",
    ),
  };
}

/** [B, V] bool */
function seenOf(draws: readonly Draw[], vocabulary: number): tf.Tensor {
  const flags = new Uint8Array(draws.length * vocabulary);
  for (const [row, { seen }] of draws.entries()) {
    if (seen === undefined)
      throw new Error("A penalty on repetition needs to know the tokens that have occurred.");
    flags.set(seen, row * vocabulary);
  }
  return tf.tensor(flags, [draws.length, vocabulary], "bool");
}
