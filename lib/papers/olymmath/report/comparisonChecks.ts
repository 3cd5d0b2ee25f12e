import { DataError } from "../../../data/error";
import { checkerVersion } from "../grading/checkerVersion";
import { SET_NAMES } from "../problems/problem";
import type { EvaluationReport } from "./evaluationReport";

/** A report, and the folder that it was read from. */
export interface ReportInFolder {
  readonly folder: string;
  readonly report: EvaluationReport;
}

/**
 * Whether numbers of these reports may stand beside each other.
 * @throws DataError for fewer than two reports, two of one model with one setting, made-up problems beside those of the benchmark, a set of which there are two
 * files, and verdicts of different versions of the checker
 */
export function checkComparable(compared: readonly ReportInFolder[]): void {
  if (compared.length < 2)
    throw new DataError(
      `A comparison needs two models or more; got ${compared.length}.`,
      {},
      "Name the folders that npx reprise eval has written.",
    );
  checkDistinct(compared);
  checkOrigin(compared);
  checkFiles(compared);
  checkCheckers(compared);
}

function checkDistinct(compared: readonly ReportInFolder[]): void {
  const seen = new Map<string, string>();
  for (const { folder, report } of compared) {
    const key = JSON.stringify([report.model, report.settingsId]);
    const other = seen.get(key);
    if (other !== undefined)
      throw new DataError(
        `${other} and ${folder} both have ${report.model} with the settings ${report.settingsId}.`,
        {},
        "Name one of them: samples of one model with one setting belong into one log.",
      );
    seen.set(key, folder);
  }
}

function checkOrigin(compared: readonly ReportInFolder[]): void {
  const having = (synthetic: boolean) =>
    compared.find(({ report }) => report.sets.some((set) => set.synthetic === synthetic));
  const [made, official] = [having(true), having(false)];
  if (made !== undefined && official !== undefined)
    throw new DataError(
      `${made.folder} has made-up problems, ${official.folder} those of the benchmark.`,
      {},
      "Compare each kind by itself.",
    );
}

function checkFiles(compared: readonly ReportInFolder[]): void {
  for (const name of SET_NAMES) {
    const [first, ...rest] = compared.flatMap(({ folder, report }) =>
      report.sets.filter(({ set }) => set === name).map(({ sha256 }) => ({ folder, sha256 })),
    );
    const other = rest.find(({ sha256 }) => sha256 !== first.sha256);
    if (other !== undefined)
      throw new DataError(
        `${name} is not the same file in ${first.folder} (SHA-256 ${first.sha256.slice(0, 8)}) and in ${other.folder} (${other.sha256.slice(0, 8)}).`,
        {},
        "Evaluate both models on one file.",
      );
  }
}

function checkCheckers(compared: readonly ReportInFolder[]): void {
  const versions = new Set(compared.map(({ report }) => report.checker));
  if (versions.size === 1) return;
  const current = checkerVersion();
  const older = compared.filter(({ report }) => report.checker !== current);
  const told = compared.map(({ folder, report }) => `${folder} by ${report.checker}`).join(", ");
  throw new DataError(
    `The answers were checked by different versions of the checker: ${told}.`,
    {},
    `Version ${current} is here. Grade anew what another one has checked, by the command that drew the samples, which draws no more of them: ${older.map(regradeCommand).join("; ")}.`,
  );
}

/** What a report alone tells of the command that made it. */
function regradeCommand({ folder, report }: ReportInFolder): string {
  const { temperature, topP, minP, maxTokens, seed } = report.settings;
  const sets = report.sets.map(({ set, synthetic }) => `${synthetic ? "SYNTH-" : ""}${set}`).join(",");
  const most = Math.max(...report.sets.map(({ problems }) => problems.length));
  const drawn = `--temperature ${temperature} --top-p ${topP} --min-p ${minP} --max-tokens ${maxTokens} --seed ${seed}`;
  return `npx reprise eval olymmath --model … (${report.model}) --set ${sets} --problems ${most} --n 1 ${drawn} --out ${folder}`;
}
