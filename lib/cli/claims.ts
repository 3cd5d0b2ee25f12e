import { claimRows } from "../experiment/claims";
import { tableText } from "../notebook/table";
import { CommandError } from "./errors";
import { parseSeeds } from "./experiments";
import { findPaper } from "./papers";
import { openStore } from "./store";

export interface ClaimsOptions {
  preset?: string;
  seeds?: string;
  parameter?: readonly string[];
  json?: boolean;
}

/** `reprise claims`: the paper's claims against the stored runs. Makes no run. */
export async function runClaims(name: string, options: ClaimsOptions = {}): Promise<number> {
  const { preset = "cpu", seeds = "1,2,3", parameter = [], json = false } = options;
  const paper = findPaper(name);
  const verdicts = await paper
    .storedClaims(openStore(), preset, parameter, parseSeeds(seeds))
    .catch((error: Error) => {
      throw new CommandError(error.message);
    });
  if (json) {
    console.log(JSON.stringify(verdicts, null, 1));
    return 0;
  }
  console.log(tableText(claimRows(verdicts)));
  if (verdicts.some(({ effect }) => effect === undefined)) {
    console.log(`\nRuns are missing: npx reprise ablate ${name} makes them.`);
  }
  return 0;
}
