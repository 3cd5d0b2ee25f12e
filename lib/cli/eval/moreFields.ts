import type { Json, JsonRecord } from "../../experiment/identity";
import type { SampleSettings } from "../../papers/olymmath";
import { CommandError } from "../errors";

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

/** Reads `--extra`: fields of a request that the command has no option for. @throws CommandError where it is no object, or has others */
export function moreFields(text: string): NonNullable<SampleSettings["extra"]> {
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
