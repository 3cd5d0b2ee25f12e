import { flatRecord } from "./flatRecord";
import { canonicalJson } from "./identity";
import type { StoredRun } from "./store";

const SHOWN_ID = 8;
/** A file system's limit for a name is 255 bytes. */
const LONGEST = 150;

/**
 * A name for people of each run of an experiment: the fields in which the runs differ, the seed, and the beginning of the id, which
 * keeps names apart: "model=SASRec seed=1 583240ff". Without a slash, so that it can be the name of a folder.
 */
export function runNames(runs: readonly StoredRun[]): Map<StoredRun, string> {
  const configs = new Map(runs.map((run) => [run, flatRecord(run.config)]));
  const fields = [...new Set([...configs.values()].flatMap((config) => Object.keys(config)))];
  const differing = fields.filter((field) => {
    // A field that some runs do not read tells nothing by its absence: what makes them leave it out differs as well.
    const values = [...configs.values()].flatMap((config) =>
      config[field] === undefined ? [] : [canonicalJson(config[field])],
    );
    return new Set(values).size > 1;
  });
  return new Map(
    runs.map((run) => {
      const config = configs.get(run)!;
      const told = differing
        .filter((field) => config[field] !== undefined)
        .map((field) => `${field}=${text(config[field])}`)
        .join(" ")
        .slice(0, LONGEST);
      const parts = [told, `seed=${run.seed}`, run.id.slice(0, SHOWN_ID)];
      return [run, parts.filter((part) => part !== "").join(" ")];
    }),
  );
}

function text(value: unknown): string {
  return (typeof value === "string" ? value : JSON.stringify(value)).replaceAll(/[/\\\s]+/g, "_");
}
