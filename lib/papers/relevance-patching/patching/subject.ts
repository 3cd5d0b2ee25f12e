import { causalBias } from "../../../llm/model/attention";
import { decoderLayers, embed, finalNorm, unembed } from "../../../llm/model/forward";
import { type ActivationCache, type Hook, type HookName, observer } from "../../../llm/model/hooks";
import { rotationOf } from "../../../llm/model/rope";
import { scoped } from "../../../llm/model/scope";
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
}

/**
 * The forward pass of prompts of one length, with hooks, of which nothing is unembedded but the last position.
 * @param tokens [B, T] int32
 * @returns an answer a row; the activations are for the caller to free
 */
export function answerRun(
  subject: Subject,
  tokens: tf.Tensor2D,
  { hooks = [], cacheNames = [], ...options }: AnswerRunOptions = {},
): { answers: Answer[]; cache: ActivationCache } {
  const { model } = subject;
  const { config } = model;
  const reader = answerReader(subject, options);
  const [batch, length] = tokens.shape;
  if (length > config.maxPositions)
    throw new RangeError(`A prompt has ${length} tokens; the model has ${config.maxPositions} positions.`);
  return scoped(() => {
    const watch = observer(hooks, cacheNames, config.layers, 0);
    const context = {
      config,
      observer: watch,
      rotation: rotationOf(config, 0, length),
      bias: causalBias(length),
    };
    const embedded = watch.at("embed", 0, embed(model, tokens));
    const { hidden } = decoderLayers(model, embedded, 0, () => [], context);
    const normed = finalNorm(model, hidden, context)
      .slice([0, length - 1, 0], [-1, 1, -1])
      .reshape<tf.Tensor2D>([batch, config.width]);
    return { answers: reader.read(unembed(model, normed, reader.tokens)), cache: watch.cache };
  });
}

export interface JudgeOptions extends AnswerOptions {
  /** Prompts that run side by side. Default: as many as memory is set aside for. */
  readonly batch?: number;
}

/**
 * The model's answers to prompts; those of one length run as a batch.
 * @returns an answer a prompt, in their order
 * @throws RangeError where a prompt is empty, or longer than the model's positions
 */
export function judge(
  subject: Subject,
  prompts: readonly Int32Array[],
  { batch, ...options }: JudgeOptions = {},
): Answer[] {
  const found: Answer[] = [];
  for (const [length, indices] of groupedBy(prompts, (prompt) => prompt.length)) {
    if (length === 0) throw new RangeError(`Prompt ${indices[0]} has no tokens.`);
    for (const rows of chunks(indices, batch ?? rowsThatFit(subject.model.config, length, length)))
      tf.tidy(() => {
        const tokens = promptRows(rows.map((row) => prompts[row]));
        for (const [i, answer] of answerRun(subject, tokens, options).answers.entries())
          found[rows[i]] = answer;
      });
  }
  return found;
}
