import { nearestName } from "../../data/nearest";
import type { Prices } from "../../llm/chat";
import type { CheckMode } from "../../math";
import { PUBLISHED_SAMPLES, PUBLISHED_SETTINGS, type SampleSettings, SET_NAMES } from "../../papers/olymmath";
import { SYNTHETIC_SET_NAMES } from "../../papers/olymmath/evaluationSets";
import { CommandError } from "../errors";
import { decimalNumber, wholeNumber } from "../numbers";
import { moreFields } from "./moreFields";

/** The options of `reprise eval olymmath` as they are typed. */
export interface EvalOptions {
  readonly model?: string;
  readonly set?: string;
  readonly n?: string;
  readonly problems?: string;
  readonly temperature?: string;
  readonly topP?: string;
  readonly minP?: string;
  readonly maxTokens?: string;
  readonly seed?: string;
  readonly extra?: string;
  readonly concurrency?: string;
  readonly requestsPerMinute?: string;
  readonly tokensPerMinute?: string;
  readonly timeout?: string;
  readonly stream?: boolean;
  readonly budgetTokens?: string;
  readonly budgetCost?: string;
  readonly priceInput?: string;
  readonly priceOutput?: string;
  readonly priceCached?: string;
  readonly priceReasoning?: string;
  readonly minutes?: string;
  readonly name?: string;
  readonly apiKeyEnv?: string;
  readonly weights?: string;
  readonly mode?: string;
  readonly out?: string;
  readonly figures?: boolean;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly replay?: string;
  readonly config?: string;
}

/** Where answers come from. */
export type ModelChoice =
  | { readonly kind: "server"; readonly url: string }
  | { readonly kind: "small" }
  | { readonly kind: "in-house" }
  | { readonly kind: "file"; readonly file: string }
  | { readonly kind: "replay"; readonly file: string };

/** How a server is asked. */
export interface ServerAccess {
  readonly requestsPerMinute?: number;
  /** Of prompts and answers together. */
  readonly tokensPerMinute?: number;
  /** Milliseconds that a request may take. */
  readonly timeout: number;
  readonly streams: boolean;
}

/** What a person asks for, checked. */
export interface EvalRequest {
  readonly choice: ModelChoice;
  /** Names of the sets, or files of problems. */
  readonly sets: readonly string[];
  /** Default: as many as the recording has, of a replay; else {@link PUBLISHED_SAMPLES}. */
  readonly samples?: number;
  /** Of each set, the first so many. */
  readonly problems?: number;
  readonly settings: Omit<SampleSettings, "maxTokens">;
  /** Default: as published, as far as the model's context has room. */
  readonly maxTokens?: number;
  readonly concurrency: number;
  readonly access: ServerAccess;
  readonly budget: { readonly tokens?: number; readonly cost?: number };
  readonly prices?: Prices;
  readonly minutes?: number;
  /** By which answers are called right while they come, and in the table at the end. */
  readonly mode: CheckMode;
}

const DEFAULT_CONCURRENCY = 8;
/** Of a request: models that reason take long. */
const DEFAULT_TIMEOUT_MINUTES = 30;
/** A week. */
const MOST_TIMEOUT_MINUTES = 10_080;
export const DEFAULT_SAMPLES = PUBLISHED_SAMPLES.api;

/** @throws CommandError for an option that is missing, not what it should be, or of no use beside another */
export function parseEvalOptions(options: EvalOptions): EvalRequest {
  const choice = choiceOf(options);
  checkTogether(options, choice);
  const { temperature, topP, minP, seed, extra, mode = "ref" } = options;
  if (mode !== "ref" && mode !== "want")
    throw new CommandError(`"${mode}" is no way of checking answers`, [
      "--mode ref checks as the authors do, --mode want more strictly and more kindly; the report has both",
    ]);
  const whole = (text: string | undefined, option: string, least: number) =>
    text === undefined ? undefined : wholeNumber(text, option, least);
  const decimal = (text: string | undefined, option: string, range: Parameters<typeof decimalNumber>[2]) =>
    text === undefined ? undefined : decimalNumber(text, option, range);
  return {
    choice,
    sets: setNames(options.set),
    samples: whole(options.n, "--n", 1),
    problems: whole(options.problems, "--problems", 1),
    settings: {
      temperature: decimal(temperature, "--temperature", { least: 0 }) ?? PUBLISHED_SETTINGS.temperature,
      topP: decimal(topP, "--top-p", { above: 0, most: 1 }) ?? PUBLISHED_SETTINGS.topP,
      minP: decimal(minP, "--min-p", { least: 0, most: 1 }) ?? PUBLISHED_SETTINGS.minP,
      seed: whole(seed, "--seed", 0) ?? PUBLISHED_SETTINGS.seed,
      ...(extra === undefined ? {} : { extra: moreFields(extra) }),
    },
    maxTokens: whole(options.maxTokens, "--max-tokens", 1),
    concurrency: whole(options.concurrency, "--concurrency", 1) ?? DEFAULT_CONCURRENCY,
    access: {
      requestsPerMinute: whole(options.requestsPerMinute, "--requests-per-minute", 1),
      tokensPerMinute: whole(options.tokensPerMinute, "--tokens-per-minute", 1),
      timeout:
        60_000 *
        (decimal(options.timeout, "--timeout", { above: 0, most: MOST_TIMEOUT_MINUTES }) ??
          DEFAULT_TIMEOUT_MINUTES),
      streams: options.stream ?? true,
    },
    budget: {
      tokens: whole(options.budgetTokens, "--budget-tokens", 1),
      cost: decimal(options.budgetCost, "--budget-cost", { above: 0 }),
    },
    prices: pricesOf(options),
    minutes: decimal(options.minutes, "--minutes", { above: 0 }),
    mode,
  };
}

const MODELS = [
  "--model http://127.0.0.1:8080/v1: a server of OpenAI's protocol",
  "--model FILE.gguf: in this process; --model smollm2: a small one that can be fetched",
  "--model in-house: a model that was trained here on made-up problems",
];

function choiceOf({ model, replay }: EvalOptions): ModelChoice {
  if (replay !== undefined) {
    if (model !== undefined)
      throw new CommandError("--replay gives recorded answers again: leave --model out");
    return { kind: "replay", file: replay };
  }
  if (model === undefined) throw new CommandError("say which model is to answer", MODELS);
  if (/^https?:\/\//i.test(model)) return { kind: "server", url: model };
  if (/^[\w.-]+:\d+(\/|$)/.test(model))
    throw new CommandError(`"${model}" is no address yet`, [`--model http://${model}`]);
  if (model === "smollm2") return { kind: "small" };
  if (model === "in-house") return { kind: "in-house" };
  return { kind: "file", file: model };
}

/** What to do where a model is not known. */
export const MODEL_REMEDIES: readonly string[] = MODELS;

function checkTogether(options: EvalOptions, { kind }: ModelChoice): void {
  const only = (value: unknown, option: string, of: ModelChoice["kind"], what: string) => {
    if (value !== undefined && kind !== of) throw new CommandError(`${option} is for ${what}: leave it out`);
  };
  only(options.apiKeyEnv, "--api-key-env", "server", "a server");
  only(options.extra, "--extra", "server", "a server");
  only(options.requestsPerMinute, "--requests-per-minute", "server", "a server");
  only(options.tokensPerMinute, "--tokens-per-minute", "server", "a server");
  only(options.timeout, "--timeout", "server", "a server");
  only(options.stream, options.stream ? "--stream" : "--no-stream", "server", "a server");
  only(options.weights, "--weights", "in-house", "the in-house model");
  if (options.name !== undefined && (kind === "in-house" || kind === "replay"))
    throw new CommandError("--name is for a server or a file: leave it out");
  if (options.budgetCost !== undefined && options.priceInput === undefined)
    throw new CommandError("--budget-cost needs prices", ["--price-input and --price-output, per million"]);
}

function pricesOf(options: EvalOptions): Prices | undefined {
  const { priceInput, priceOutput, priceCached, priceReasoning } = options;
  if ([priceInput, priceOutput, priceCached, priceReasoning].every((price) => price === undefined))
    return undefined;
  if (priceInput === undefined || priceOutput === undefined)
    throw new CommandError("a price is missing", ["give both --price-input and --price-output, per million"]);
  const price = (text: string, option: string) => decimalNumber(text, option, { least: 0 });
  return {
    input: price(priceInput, "--price-input"),
    output: price(priceOutput, "--price-output"),
    ...(priceCached === undefined ? {} : { cachedInput: price(priceCached, "--price-cached") }),
    ...(priceReasoning === undefined ? {} : { reasoning: price(priceReasoning, "--price-reasoning") }),
  };
}

/** "EN-HARD,zh-hard", or "all" for the four of the benchmark; a name with a dot or a slash is a file. */
function setNames(text: string | undefined): string[] {
  const known: readonly string[] = [...SET_NAMES, ...SYNTHETIC_SET_NAMES];
  if (text === undefined)
    throw new CommandError("say which problems are to be solved", [
      `--set takes ${known.join(", ")}, or all`,
    ]);
  const names = text.split(",").flatMap((name) => setName(name.trim(), known));
  return [...new Set(names)];
}

function setName(name: string, known: readonly string[]): readonly string[] {
  if (name.toLowerCase() === "all") return SET_NAMES;
  if (/[./\\]/.test(name)) return [name];
  const found = known.find((one) => one === name.toUpperCase());
  if (found !== undefined) return [found];
  const near = nearestName(name, known);
  throw new CommandError(`there is no set "${name}"`, [
    ...(near === undefined ? [] : [`did you mean ${near}?`]),
    `there are: ${known.join(", ")}; all of the benchmark: all; or a file of problems`,
  ]);
}
