import { Environment, Interpreter, Template } from "@huggingface/jinja";
import { TokenizerError } from "./error";
import { strftime } from "./strftime";
import type { Span } from "./tokenizer";

export interface ChatMessage {
  readonly role: string;
  readonly content: string;
}

export interface ChatRequest {
  readonly messages: readonly ChatMessage[];
  /** Whether the header of the answer follows, so that the model continues with its text. Default false. */
  readonly addGenerationPrompt?: boolean;
  /** Text of the tokens that begin and end a sequence, for templates that write them. */
  readonly bos?: string;
  readonly eos?: string;
  /** JSON schemas of functions, for templates that describe them. */
  readonly tools?: readonly unknown[];
  /** Today, in local time, for templates that write it. Default: they are told that there is no clock, and write a date of their own. */
  readonly date?: Date;
}

/** A chat as the text that the model reads, and where in it the contents of the messages are. */
export interface RenderedChat {
  readonly text: string;
  /** One a message, as the template wrote it. */
  readonly contents: readonly RenderedContent[];
}

export interface RenderedContent extends Span {
  /** Code units that the template cut off the content's beginning: whitespace. What was at `i` of the content is at `start + i - trimmed` of the text. */
  readonly trimmed: number;
}

/**
 * The text of a chat, as the model's own template writes it.
 * @param template Jinja, as in the files of a model
 * @throws TokenizerError where the template cannot be read, or refuses the chat
 */
export function renderChat(template: string, request: ChatRequest): string {
  return run(parse(template), request);
}

/**
 * `renderChat`, with the place of every message's content: the chat is rendered once more with a mark in place of each content, and what the template wrote
 * round the marks must be round the contents.
 * @throws TokenizerError as `renderChat`, and where a content is not in the text once, whole or with the whitespace round it cut off
 */
export function renderChatWithSpans(template: string, request: ChatRequest): RenderedChat {
  const parsed = parse(template);
  const text = run(parsed, request);
  const { messages } = request;
  const marked = messages.map((message, i) => ({ ...message, content: markOf(i) }));
  const [before, ...behind] = splitAtMarks(run(parsed, { ...request, messages: marked }), messages.length);
  let at = before.length;
  const contents = messages.map(({ content }, i): RenderedContent => {
    const shown = trimmings(content).find((one) => text.startsWith(one + behind[i], at));
    if (shown === undefined || (i === 0 && !text.startsWith(before))) throw cannotPlace(i);
    const start = at;
    at += shown.length + behind[i].length;
    return { start, end: start + shown.length, trimmed: content.indexOf(shown) };
  });
  if (at !== text.length) throw cannotPlace(messages.length - 1);
  return { text, contents };
}

/** A character that Unicode leaves to private use, on either side of the message's number. */
const MARK = "\ue000";

function markOf(message: number): string {
  return `${MARK}${message}${MARK}`;
}

/** What is before the first mark, and behind each up to the next. */
function splitAtMarks(text: string, messages: number): string[] {
  const parts: string[] = [];
  let from = 0;
  for (let i = 0; i < messages; i++) {
    const at = text.indexOf(markOf(i), from);
    if (at < 0) throw cannotPlace(i);
    parts.push(text.slice(from, at));
    from = at + markOf(i).length;
  }
  return [...parts, text.slice(from)];
}

/** What a template may write of a content. */
function trimmings(content: string): readonly string[] {
  return [content, content.trim(), content.trimStart(), content.trimEnd()];
}

function cannotPlace(message: number): TokenizerError {
  return new TokenizerError(
    `The chat template does not write the content of message ${message} once and as it is: its place cannot be told.`,
    "Render the chat without places.",
  );
}

function parse(template: string): Template {
  try {
    return new Template(template);
  } catch (error) {
    throw new TokenizerError(
      `The chat template is not Jinja: ${messageOf(error)}`,
      "Use the template of another file of the model.",
      { cause: error },
    );
  }
}

function run(
  template: Template,
  { messages, addGenerationPrompt = false, bos, eos, tools, date }: ChatRequest,
): string {
  const environment = new Environment();
  const variables: Record<string, unknown> = {
    ...globals(date),
    messages,
    add_generation_prompt: addGenerationPrompt,
    bos_token: bos,
    eos_token: eos,
    tools: tools ?? null,
    documents: null,
  };
  for (const [name, value] of Object.entries(variables)) environment.set(name, value);
  try {
    return String(new Interpreter(environment).run(template.parsed).value);
  } catch (error) {
    throw new TokenizerError(
      `The chat template refuses the chat: ${messageOf(error)}`,
      "Change the messages to what it says, or give what it asks for.",
      { cause: error },
    );
  }
}

/** What is in reach of every chat template. The library's own has a clock. */
function globals(date: Date | undefined): Record<string, unknown> {
  const constants = { true: true, True: true, false: false, False: false, none: null, None: null };
  return {
    ...constants,
    range,
    raise_exception(message: string) {
      throw new Error(message);
    },
    strftime_now: date && ((format: string) => strftime(date, format)),
  };
}

/** Python's. */
function range(first: number, second?: number, step = 1): number[] {
  const [start, stop] = second === undefined ? [0, first] : [first, second];
  if (step === 0) throw new Error("range() arg 3 must not be zero.");
  return Array.from({ length: Math.max(0, Math.ceil((stop - start) / step)) }, (_, i) => start + i * step);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
