import { type CommandResult, dataFetch, dataList, dataVerify } from "../data/commands";
import { DataError } from "../data/error";
import { CommandError } from "./errors";
import { statusLine } from "./statusLine";

/** The `reprise data` commands; each prints a report and answers the exit code. */
export type DataAction = "list" | "fetch" | "verify";

export async function runData(action: DataAction, names: readonly string[], json = false): Promise<number> {
  const status = statusLine(process.stderr);
  try {
    const result = await act(action, names, status);
    status.stop();
    console.log(json ? JSON.stringify(result.reports, null, 2) : result.text);
    return result.ok ? 0 : 1;
  } catch (error) {
    if (error instanceof DataError) throw new CommandError(error.message);
    throw error;
  } finally {
    status.stop();
  }
}

function act(
  action: DataAction,
  names: readonly string[],
  status: ReturnType<typeof statusLine>,
): Promise<CommandResult> {
  if (action === "list") return dataList();
  if (action === "verify") return dataVerify(names);
  return dataFetch(names, {
    onProgress: (source, received, total) => status.set(describeDownload(source, received, total)),
    onNotice: (text) => status.print(text),
  });
}

/** "GroupLens: 3.1 of 4.9 MB, 63%"; "GroupLens: 3.1 MB" where nobody knows of how many. */
export function describeDownload(source: string, received: number, total: number | undefined): string {
  if (total === undefined) return `${source}: ${(received / 1e6).toFixed(1)} MB`;
  const percent = total > 0 ? `, ${Math.floor((100 * received) / total)}%` : "";
  return `${source}: ${(received / 1e6).toFixed(1)} of ${(total / 1e6).toFixed(1)} MB${percent}`;
}
