import { readFileSync } from "node:fs";
import { nearestName } from "../../data/nearest";
import type { Json } from "../../experiment/identity";
import { CommandError } from "../errors";
import type { EvalOptions } from "./options";

/** What stands in a file of options, by the option's name. */
type Kind = "text" | "number" | "texts" | "object" | "truth";

const KINDS: Readonly<Record<Exclude<keyof EvalOptions, "config">, Kind>> = {
  model: "text",
  set: "texts",
  n: "number",
  problems: "number",
  temperature: "number",
  topP: "number",
  minP: "number",
  maxTokens: "number",
  seed: "number",
  extra: "object",
  concurrency: "number",
  requestsPerMinute: "number",
  tokensPerMinute: "number",
  timeout: "number",
  stream: "truth",
  budgetTokens: "number",
  budgetCost: "number",
  priceInput: "number",
  priceOutput: "number",
  priceCached: "number",
  priceReasoning: "number",
  minutes: "number",
  name: "text",
  apiKeyEnv: "text",
  weights: "text",
  mode: "text",
  out: "text",
  figures: "truth",
  yes: "truth",
  dryRun: "truth",
  replay: "text",
};

type OptionName = keyof typeof KINDS;

/** "max-tokens": as it is typed, without the dashes before it. */
const FILE_NAMES: ReadonlyMap<string, OptionName> = new Map(
  (Object.keys(KINDS) as OptionName[]).map((name) => [
    name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
    name,
  ]),
);

const EXAMPLE = 'such as {"model": "http://127.0.0.1:8000/v1", "set": ["EN-HARD", "ZH-HARD"], "n": 8}';

/**
 * The options, with those of the file that `config` names below them: what is typed wins. Paths in the file are as those that are typed, from where the
 * command is called.
 * @throws CommandError where the file cannot be read, or has a name or a value that is none
 */
export function withConfigFile({ config, ...typed }: EvalOptions): EvalOptions {
  if (config === undefined) return typed;
  const given = Object.entries(typed).filter(([, value]) => value !== undefined);
  return { ...readOptions(config), ...Object.fromEntries(given) };
}

function readOptions(file: string): EvalOptions {
  let content: Json;
  try {
    content = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new CommandError(`--config ${file} cannot be read: ${(error as Error).message}`, [EXAMPLE]);
  }
  if (typeof content !== "object" || content === null || Array.isArray(content))
    throw new CommandError(`--config ${file} must hold one object with the options' names`, [EXAMPLE]);
  return Object.fromEntries(Object.entries(content).map(([name, value]) => entryOf(name, value, file)));
}

function entryOf(written: string, value: Json, file: string): [OptionName, string | boolean] {
  const name = FILE_NAMES.get(written);
  if (name === undefined) {
    const near = nearestName(written, [...FILE_NAMES.keys()]);
    throw new CommandError(`${file} has "${written}", which is no option`, [
      ...(near === undefined ? [] : [`did you mean "${near}"?`]),
      "names are those of npx reprise eval --help, without the dashes before them",
    ]);
  }
  const typed = asTyped(value, KINDS[name]);
  if (typed === undefined)
    throw new CommandError(
      `"${written}" in ${file} must be ${WORDS[KINDS[name]]}, not ${JSON.stringify(value)}`,
    );
  return [name, typed];
}

const WORDS: Readonly<Record<Kind, string>> = {
  text: "a text",
  number: "a number",
  texts: "a text, or a list of texts",
  object: "an object",
  truth: "true or false",
};

/** A value as it would be typed; undefined where it is not of the kind. */
function asTyped(value: Json, kind: Kind): string | boolean | undefined {
  switch (kind) {
    case "truth":
      return typeof value === "boolean" ? value : undefined;
    case "number":
      return typeof value === "number" ? String(value) : undefined;
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value)
        ? JSON.stringify(value)
        : undefined;
    case "texts":
      if (Array.isArray(value))
        return value.length > 0 && value.every((one) => typeof one === "string")
          ? value.join(",")
          : undefined;
      return typeof value === "string" ? value : undefined;
    case "text":
      return typeof value === "string" ? value : undefined;
  }
}
