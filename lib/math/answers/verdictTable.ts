import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../data/root";

/** An answer as two judges have it. */
export interface TabledVerdict {
  /** From 1. */
  readonly id: number;
  /** What kind of answers it belongs to. */
  readonly group: string;
  readonly gold: string;
  readonly prediction: string;
  /** Whether a person accepts it. */
  readonly want: boolean;
  /** Whether Math-Verify 0.8 does, as measured. */
  readonly ref: boolean;
}

/** The table of verdicts, `verdictTable.txt`: under `# group` lines of `id ¦ gold ¦ prediction ¦ want ¦ ref`. @see OlymMATH, checker, table of verdicts */
export function readVerdictTable(): TabledVerdict[] {
  const rows: TabledVerdict[] = [];
  let group = "";
  const path = join(projectRoot(), "lib/math/answers/verdictTable.txt");
  for (const line of readFileSync(path, "utf8").split("\n")) {
    if (line.startsWith("#")) group = line.slice(1).trim();
    if (line === "" || line.startsWith("#")) continue;
    const [id, gold, prediction, want, ref] = line.split("¦").map((cell) => cell.trim());
    rows.push({
      ...{ id: Number(id), group, gold, prediction },
      ...{ want: want.startsWith("1"), ref: ref.startsWith("1") },
    });
  }
  return rows;
}
