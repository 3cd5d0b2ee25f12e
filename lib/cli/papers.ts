import { nearestName } from "../data/nearest";
import type { ClaimVerdict } from "../experiment/claims";
import type { Experiment } from "../experiment/experiment";
import type { RunStore } from "../experiment/store";
import { CommandError } from "./errors";

/** What a paper offers to the commands: its experiment, and what its stored runs say. */
export interface Paper {
  readonly experiment: Experiment<unknown>;
  /** The verdicts on its claims from the stored runs of a preset and seeds. */
  storedClaims(
    store: RunStore,
    preset: string,
    settings: readonly string[],
    seeds: readonly number[],
  ): Promise<ClaimVerdict[]>;
}

const PAPERS: Readonly<Record<string, () => Paper>> = {
  mtgrec: () => require("../papers/mtgrec/paper"),
  olymmath: () => require("../papers/olymmath/paper"),
  "relevance-patching": () => require("../papers/relevance-patching/paper"),
  "stream-rec": () => require("../papers/stream-rec/paper"),
  t2arec: () => require("../papers/t2arec/paper"),
  utgrec: () => require("../papers/utgrec/paper"),
};

/** The paper of a name. @throws CommandError with the nearest name */
export function findPaper(name: string): Paper {
  const found = Object.hasOwn(PAPERS, name) ? PAPERS[name] : undefined;
  if (found !== undefined) return found();
  const near = nearestName(name, Object.keys(PAPERS));
  throw new CommandError(`there is no paper "${name}"`, [
    ...(near === undefined ? [] : [`did you mean ${near}?`]),
    `there are: ${Object.keys(PAPERS).join(", ")}`,
  ]);
}
