import { RunStore } from "../experiment/store";
import { tableText } from "../notebook/table";
import { CommandError } from "./errors";
import { parseSeeds } from "./experiments";
import { findPaper } from "./papers";

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
  const store = new RunStore(undefined, (warning) => console.error(`! ${warning}`));
  const verdicts = await paper
    .storedClaims(store, preset, parameter, parseSeeds(seeds))
    .catch((error: Error) => {
      throw new CommandError(error.message);
    });
  if (json) {
    console.log(JSON.stringify(verdicts, null, 1));
    return 0;
  }
  console.log(
    tableText(
      verdicts.map(({ claim, sentence, source, effect, adjustedPValue, verdict, seeds: behind, note }) => ({
        claim,
        sentence,
        "in the paper": source,
        effect: effect === undefined ? "" : effect.difference.toFixed(4),
        "95% interval": effect === undefined ? "" : `${effect.low.toFixed(4)} to ${effect.high.toFixed(4)}`,
        "p (Holm)": Number.isNaN(adjustedPValue) ? "" : adjustedPValue.toPrecision(2),
        seeds: behind,
        verdict,
        note: note ?? "",
      })),
    ),
  );
  if (verdicts.some(({ effect }) => effect === undefined)) {
    console.log(`\nRuns are missing: npx reprise ablate ${name} makes them.`);
  }
  return 0;
}
