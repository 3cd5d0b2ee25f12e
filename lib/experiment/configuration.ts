import { z } from "zod";
import { nearestName } from "../data/nearest";
import type { Json, JsonRecord } from "./identity";

/** What stands beside a field: its unit, and where its value comes from. */
export interface FieldNote {
  readonly unit: string;
  /** "paper", the name of a reference implementation, "inferred", or "suite". */
  readonly source: string;
}

const notes = new WeakMap<z.ZodTypeAny, FieldNote>();

/**
 * A field of a configuration with its sentence, source and unit; give it its default behind: `field(..).default(1)`.
 * @param unit  "-" where it has none
 */
export function field<T extends z.ZodTypeAny>(type: T, sentence: string, source: string, unit = "-"): T {
  const described = type.describe(sentence) as T;
  notes.set(described, { unit, source });
  return described;
}

/** A scale of an experiment. `status` says what a preset is known to do, and whether it has ever run. */
export interface Preset {
  readonly status: string;
  readonly config: JsonRecord;
}

/** How an experiment is configured. */
export interface Configuration<C> {
  /** A strict zod object in which every field has a default; records may hold records. */
  readonly schema: z.ZodType<C, z.ZodTypeDef, unknown>;
  readonly presets: Readonly<Record<string, Preset>>;
}

/** Changes to a configuration by the path of the field: `{ "model.d": 64 }`. */
export type Overrides = Readonly<Record<string, Json>>;

/**
 * The configuration of a preset with changes on top.
 * @param owner  whose configuration it is, for errors
 * @throws naming the preset or field that is not known with the nearest that is, or the field whose value does not fit and why
 */
export function resolveConfig<C>(
  owner: string,
  { schema, presets }: Configuration<C>,
  preset: string,
  overrides: Overrides = {},
): C {
  const found = Object.hasOwn(presets, preset) ? presets[preset] : undefined;
  if (found === undefined) {
    throw new Error(`"${preset}" is no preset of ${owner}; there are ${Object.keys(presets).join(", ")}.`);
  }
  const known = [...fieldsOf(schema).keys()];
  let config: JsonRecord = found.config;
  for (const [path, value] of Object.entries(overrides)) {
    if (!known.includes(path)) {
      const near = nearestName(path, known);
      const hint = near === undefined ? `there are ${known.join(", ")}` : `did you mean ${near}?`;
      throw new Error(`${owner} has no field "${path}": ${hint}`);
    }
    config = withField(config, path.split("."), value);
  }
  const parsed = schema.safeParse(config);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(`${owner}: ${issue.path.join(".") || "the configuration"}: ${issue.message}.`);
}

/**
 * Reads `name=value` as the schema types the field: `model.d=64` is a number where the field is one.
 * @throws where there is no `=`; a value that does not fit is found by `resolveConfig`
 */
export function parseOverrides(schema: z.ZodTypeAny, settings: readonly string[]): Overrides {
  const fields = fieldsOf(schema);
  return Object.fromEntries(
    settings.map((setting) => {
      const at = setting.indexOf("=");
      if (at < 1) throw new Error(`"${setting}" is no setting: write name=value.`);
      const [path, text] = [setting.slice(0, at).trim(), setting.slice(at + 1)];
      const type = fields.get(path);
      return [path, type === undefined ? text : readAs(innermost(type), text)];
    }),
  );
}

/** Every field with its path, sentence, unit, source and default: the table of a notebook or of a help page. */
export function describeConfig(
  schema: z.ZodTypeAny,
): (FieldNote & { readonly name: string; readonly sentence: string; readonly default: unknown })[] {
  const defaults = schema.parse({});
  return [...fieldsOf(schema)].map(([name, type]) => {
    const noted = chain(type).find((part) => notes.has(part));
    if (noted === undefined) throw new Error(`The field ${name} has no sentence: make it with field().`);
    const value = name
      .split(".")
      .reduce((node, key) => (node as Record<string, unknown>)[key], defaults as unknown);
    return { name, sentence: noted.description ?? "", ...notes.get(noted)!, default: value };
  });
}

/** The leaves of a schema by their paths. */
function fieldsOf(schema: z.ZodTypeAny, prefix = ""): Map<string, z.ZodTypeAny> {
  const type = innermost(schema);
  if (!(type instanceof z.ZodObject)) return new Map([[prefix, schema]]);
  const shape = type.shape as Record<string, z.ZodTypeAny>;
  return new Map(
    Object.entries(shape).flatMap(([key, child]) => [
      ...fieldsOf(child, prefix === "" ? key : `${prefix}.${key}`),
    ]),
  );
}

/** A type and what it wraps: defaults, optionals, refinements. */
function chain(type: z.ZodTypeAny): z.ZodTypeAny[] {
  if (type instanceof z.ZodDefault) return [type, ...chain(type.removeDefault())];
  if (type instanceof z.ZodOptional || type instanceof z.ZodNullable) return [type, ...chain(type.unwrap())];
  if (type instanceof z.ZodEffects) return [type, ...chain(type.innerType())];
  return [type];
}

function innermost(type: z.ZodTypeAny): z.ZodTypeAny {
  return chain(type).at(-1)!;
}

/** A text as a value of a type; as it is where it cannot be one, so that the schema says what is wrong with it. */
function readAs(type: z.ZodTypeAny, text: string): Json {
  if (type instanceof z.ZodString || type instanceof z.ZodEnum) return text;
  if (type instanceof z.ZodNumber)
    return text.trim() === "" || Number.isNaN(Number(text)) ? text : Number(text);
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function withField(record: JsonRecord, [key, ...rest]: readonly string[], value: Json): JsonRecord {
  const child = (record[key] ?? {}) as JsonRecord;
  return { ...record, [key]: rest.length === 0 ? value : withField(child, rest, value) };
}
