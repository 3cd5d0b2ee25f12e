import { causalBias, type KeysAndValues } from "../../../llm/model/attention";
import { decoderLayers, embed, lastLogits } from "../../../llm/model/forward";
import { type ActivationCache, type Hook, type HookName, observer } from "../../../llm/model/hooks";
import { rotationOf } from "../../../llm/model/rope";
import { scoped } from "../../../llm/model/scope";
import { recordBaseline } from "../../../llm/model/suffix";
import type { LanguageModel } from "../../../llm/model/weights";
import { logSumExp, tf } from "../../../tensor";
import type { AnswerTokens } from "../prompts/answers";
import { chunks, groupedBy, promptRows, rowsThatFit } from "./batches";

/** A model, and the tokens that it answers with. */
export interface Subject {
  readonly model: LanguageModel;
  readonly answers: AnswerTokens;
}

/** What a model says behind the last token of a prompt. */
export interface Answer {
  /** Logits of the two answers. */
  readonly yes: number;
  readonly no: number;
  /** Probabilities over the whole vocabulary, where they were asked for. */
  readonly pYes?: number;
  readonly pNo?: number;
}

export interface AnswerOptions {
  /** Whether probabilities are wanted as well: they cost the logits of the whole vocabulary. Default: no. */
  readonly probabilities?: boolean;
}

/** d = logit(yes) − logit(no) */
export function difference({ yes, no }: Answer): number {
  return yes - no;
}

/** How answers are read from logits. */
export interface AnswerReader {
  /** The tokens whose logits are needed; absent: all. */
  readonly tokens?: readonly number[];
  /** @param logits [B, tokens], at the last position */
  read(logits: tf.Tensor2D): Answer[];
}

export function answerReader({ answers }: Subject, { probabilities = false }: AnswerOptions): AnswerReader {
  const tokens = [answers.yes, answers.no];
  const pairs = (values: ArrayLike<number>) =>
    Array.from({ length: values.length / 2 }, (_, row) => [values[2 * row], values[2 * row + 1]]);
  if (!probabilities)
    return { tokens, read: (logits) => pairs(logits.dataSync()).map(([yes, no]) => ({ yes, no })) };
  return {
    read: (logits) =>
      scoped(() => {
        const chosen = tf.gather(logits, tokens, 1);
        // p(t) = exp(logit(t) − log Σ exp logit)
        const ofChosen = chosen.sub(logSumExp(logits, 1, true)).exp();
        const p = pairs(ofChosen.dataSync());
        return pairs(chosen.dataSync()).map(([yes, no], row) => ({
          yes,
          no,
          pYes: p[row][0],
          pNo: p[row][1],
        }));
      }),
  };
}

export interface AnswerRunOptions extends AnswerOptions {
  readonly hooks?: readonly Hook[];
  /** Activations to give back, as they are behind the hooks. */
  readonly cacheNames?: readonly HookName[];
  /** Keys and values of what all rows begin with, one a layer, [1, G, p, d]; `tokens` are what comes behind. Default: nothing. */
  readonly beginning?: readonly KeysAndValues[];
}

/**
 * The forward pass of prompts of one length, with hooks, of which nothing is unembedded but the last position.
 * @param tokens [B, T] int32
 * @returns an answer a row; the activations are for the caller to free
 */
export function answerRun(
  subject: Subject,
  tokens: tf.Tensor2D,
  { hooks = [], cacheNames = [], beginning, ...options }: AnswerRunOptions = {},
): { answers: Answer[]; cache: ActivationCache } {
  const { model } = subject;
  const { config } = model;
  const reader = answerReader(subject, options);
  const [, length] = tokens.shape;
  const first = beginning?.[0].key.shape[2] ?? 0;
  if (first + length > config.maxPositions)
    throw new RangeError(
      `A prompt has ${first + length} tokens; the model has ${config.maxPositions} positions.`,
    );
  return scoped(() => {
    const watch = observer(hooks, cacheNames, config.layers, first);
    const context = {
      config,
      observer: watch,
      rotation: rotationOf(config, first, length),
      bias: causalBias(length),
    };
    const embedded = watch.at("embed", 0, embed(model, tokens));
    const pastOf = (layer: number) => (beginning === undefined ? [] : [beginning[layer]]);
    const { hidden } = decoderLayers(model, embedded, 0, pastOf, context);
    const logits = lastLogits(model, hidden, context, reader.tokens);
    return { answers: reader.read(logits), cache: watch.cache };
  });
}

export interface JudgeOptions extends AnswerOptions {
  /** Prompts that run side by side. Default: as many as memory is set aside for. */
  readonly batch?: number;
}

/**
 * The model's answers to prompts. What all of them begin with, the head of a chat as a rule, is read once; those of one length run as a batch.
 * @returns an answer a prompt, in their order
 * @throws RangeError where a prompt is empty, or longer than the model's positions
 */
export function judge(
  subject: Subject,
  prompts: readonly Int32Array[],
  { batch, ...options }: JudgeOptions = {},
): Answer[] {
  const empty = prompts.findIndex(({ length }) => length === 0);
  if (empty >= 0) throw new RangeError(`Prompt ${empty} has no tokens.`);
  const found: Answer[] = [];
  const shared = commonBeginning(prompts);
  const read = shared === 0 ? undefined : beginningOf(subject, prompts[0].subarray(0, shared));
  for (const [length, indices] of groupedBy(prompts, (prompt) => prompt.length))
    for (const rows of chunks(indices, batch ?? rowsThatFit(subject.model.config, length, length)))
      tf.tidy(() => {
        const tokens = promptRows(rows.map((row) => prompts[row].subarray(shared)));
        const { answers } = answerRun(subject, tokens, { ...options, beginning: read });
        for (const [i, answer] of answers.entries()) found[rows[i]] = answer;
      });
  if (read !== undefined) tf.dispose(read as unknown as tf.TensorContainer);
  return found;
}

/** How many tokens all prompts begin with; at least one is left to each. */
function commonBeginning(prompts: readonly Int32Array[]): number {
  if (prompts.length < 2) return 0;
  const most = Math.min(...prompts.map(({ length }) => length)) - 1;
  let shared = 0;
  while (shared < most && prompts.every((prompt) => prompt[shared] === prompts[0][shared])) shared++;
  return shared;
}

function beginningOf({ model }: Subject, tokens: Int32Array): readonly KeysAndValues[] {
  return scoped(() => recordBaseline(model, promptRows([tokens])).layers);
}
