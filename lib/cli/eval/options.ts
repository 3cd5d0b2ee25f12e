import { nearestName } from "../../data/nearest";
import type { Json, JsonRecord } from "../../experiment/identity";
import type { Prices } from "../../llm/chat";
import type { CheckMode } from "../../math";
import { PUBLISHED_SAMPLES, PUBLISHED_SETTINGS, type SampleSettings, SET_NAMES } from "../../papers/olymmath";
import { SYNTHETIC_SET_NAMES } from "../../papers/olymmath/evaluationSets";
import { CommandError } from "../errors";
import { decimalNumber, wholeNumber } from "../numbers";

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
  readonly budgetTokens?: string;
  readonly budgetCost?: string;
  readonly priceInput?: string;
  readonly priceOutput?: string;
  readonly minutes?: string;
  readonly name?: string;
  readonly apiKeyEnv?: string;
  readonly weights?: string;
  readonly mode?: string;
  readonly out?: string;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly replay?: string;
}

/** Where answers come from. */
export type ModelChoice =
  | { readonly kind: "server"; readonly url: string }
  | { readonly kind: "small" }
  | { readonly kind: "in-house" }
  | { readonly kind: "file"; readonly file: string }
  | { readonly kind: "replay"; readonly file: string };

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
  readonly budget: { readonly tokens?: number; readonly cost?: number };
  readonly prices?: Prices;
  readonly minutes?: number;
  /** By which answers are called right while they come, and in the table at the end. */
  readonly mode: CheckMode;
}

const DEFAULT_CONCURRENCY = 8;
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
  if (model === "smollm2") return { kind: "small" };
  if (model === "in-house") return { kind: "in-house" };
  return { kind: "file", file: model };
}

/** What to do where a model is not known. */
export const MODEL_REMEDIES: readonly string[] = MODELS;

function checkTogether(options: EvalOptions, { kind }: ModelChoice): void {
  const only = (value: string | undefined, option: string, of: ModelChoice["kind"], what: string) => {
    if (value !== undefined && kind !== of) throw new CommandError(`${option} is for ${what}: leave it out`);
  };
  only(options.apiKeyEnv, "--api-key-env", "server", "a server");
  only(options.extra, "--extra", "server", "a server");
  only(options.weights, "--weights", "in-house", "the in-house model");
  if (options.name !== undefined && (kind === "in-house" || kind === "replay"))
    throw new CommandError("--name is for a server or a file: leave it out");
  if (options.budgetCost !== undefined && options.priceInput === undefined)
    throw new CommandError("--budget-cost needs prices", ["--price-input and --price-output, per million"]);
}

/** Fields of a request that this command has no option for. */
function moreFields(text: string): NonNullable<SampleSettings["extra"]> {
  let fields: Json;
  try {
    fields = JSON.parse(text);
  } catch (error) {
    throw new CommandError(`--extra is not JSON: ${(error as Error).message}`, [EXTRA_EXAMPLE]);
  }
  if (typeof fields !== "object" || fields === null || Array.isArray(fields))
    throw new CommandError(`--extra takes an object, not ${text}`, [EXTRA_EXAMPLE]);
  const own = OWN_FIELDS.filter((name) => (fields as JsonRecord)[name] != null);
  if (own.length > 0)
    throw new CommandError(`${own.join(", ")} cannot be set by --extra: there are options for it`);
  return fields as JsonRecord;
}

const EXTRA_EXAMPLE = `such as --extra '{"reasoning_effort": "high"}'`;
/** What the log knows by itself; null may still take it away. */
const OWN_FIELDS = [
  "model",
  "messages",
  "temperature",
  "top_p",
  "min_p",
  "max_tokens",
  "seed",
  "stream",
  "n",
];

function pricesOf({ priceInput, priceOutput }: EvalOptions): Prices | undefined {
  if (priceInput === undefined && priceOutput === undefined) return undefined;
  if (priceInput === undefined || priceOutput === undefined)
    throw new CommandError("a price is missing", ["give both --price-input and --price-output, per million"]);
  return {
    input: decimalNumber(priceInput, "--price-input", { least: 0 }),
    output: decimalNumber(priceOutput, "--price-output", { least: 0 }),
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
