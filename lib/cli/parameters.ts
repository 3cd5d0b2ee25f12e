import { nearestName } from "../data/nearest";
import { CommandError } from "./errors";

/** A parameter as a notebook's `parameters` cell declares it: `let seeds: number[] = [1, 2, 3];`. */
export interface Parameter {
  name: string;
  /** The declared type, or the one its default shows. */
  type: string;
  default: string;
}

export type ParameterValue =
  | string
  | number
  | boolean
  | null
  | ParameterValue[]
  | { [key: string]: ParameterValue };

const DECLARATION = /^[ \t]*(?:let|const|var)\s+([A-Za-z_$][\w$]*)\s*(?::\s*([^=;]+?))?\s*=\s*([^;\n]*)/gm;

/** The parameters that a cell's source declares. */
export function declaredParameters(source: string): Parameter[] {
  return [...source.matchAll(DECLARATION)].map(([, name, type, value]) => ({
    name,
    type: type ?? typeOf(value.trim()),
    default: value.trim(),
  }));
}

function typeOf(value: string): string {
  if (/^["'`]/.test(value)) return "string";
  if (value === "true" || value === "false") return "boolean";
  if (value !== "" && Number.isFinite(Number(value))) return "number";
  return "unknown";
}

/**
 * The values of `key=value` settings, each read as its parameter's type says.
 * @throws CommandError for an unknown name (with the nearest), a value that is not of the type, or a setting without `=`
 */
export function parseSettings(
  settings: readonly string[],
  declared: readonly Parameter[],
): Record<string, ParameterValue> {
  const values: Record<string, ParameterValue> = {};
  for (const setting of settings) {
    const equals = setting.indexOf("=");
    if (equals < 1)
      throw new CommandError(`"${setting}" is not a parameter setting`, ["write it as -p name=value"]);
    const name = setting.slice(0, equals).trim();
    const parameter = declared.find((candidate) => candidate.name === name);
    if (!parameter) throw unknownParameter(name, declared);
    values[name] = parseValue(setting.slice(equals + 1), parameter);
  }
  return values;
}

function unknownParameter(name: string, declared: readonly Parameter[]): CommandError {
  const names = declared.map((parameter) => parameter.name);
  const nearest = nearestName(name, names);
  const list = declared.map((parameter) => `${parameter.name}: ${parameter.type}`).join("; ");
  return new CommandError(`the notebook has no parameter "${name}"`, [
    ...(nearest ? [`did you mean -p ${nearest}=…?`] : []),
    list ? `it has: ${list}` : "it has none: tag one cell `parameters`",
  ]);
}

/**
 * @throws CommandError where the text is no value of the parameter's type
 */
export function parseValue(raw: string, { name, type }: Parameter): ParameterValue {
  const refuse = (remedy: string) =>
    new CommandError(`parameter ${name} is of type ${type}, and "${raw}" is not`, [remedy]);
  const literals = [...type.matchAll(/"([^"]*)"|'([^']*)'/g)].map((match) => match[1] ?? match[2]);
  if (literals.length > 0 && !type.includes("[")) {
    if (literals.includes(raw)) return raw;
    const nearest = nearestName(raw, literals);
    throw refuse(
      nearest
        ? `did you mean ${nearest}? it takes ${literals.join(", ")}`
        : `it takes ${literals.join(", ")}`,
    );
  }
  switch (type.replace(/^readonly\s+/, "").trim()) {
    case "string":
      return raw;
    case "number":
      if (raw.trim() !== "" && Number.isFinite(Number(raw))) return Number(raw);
      throw refuse(`write -p ${name}=3 or -p ${name}=1e-3`);
    case "boolean":
      if (raw === "true" || raw === "false") return raw === "true";
      throw refuse(`write -p ${name}=true or -p ${name}=false`);
    case "number[]": {
      const items = listItems(raw).map((item) => (item === "" ? Number.NaN : Number(item)));
      if (items.every(Number.isFinite)) return items;
      throw refuse(`write -p ${name}=1,2,3`);
    }
    case "string[]":
      return listItems(raw);
    default: {
      const json = parseJson(raw);
      return json === undefined ? raw : json;
    }
  }
}

/** `1,2,3` and `[1, 2, 3]` alike; an empty text is an empty list. */
function listItems(raw: string): string[] {
  const json = parseJson(raw);
  if (Array.isArray(json)) return json.map(String);
  return raw.trim() === "" ? [] : raw.split(",").map((item) => item.trim());
}

function parseJson(raw: string): ParameterValue | undefined {
  try {
    return JSON.parse(raw);
  } catch {
    return undefined;
  }
}
