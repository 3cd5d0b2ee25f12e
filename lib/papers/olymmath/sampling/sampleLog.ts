import {
  closeSync,
  createReadStream,
  existsSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { DataError } from "../../../data/error";
import { withLock } from "../../../data/lock";
import type { Usage } from "../../../llm/chat";
import { type LogRecord, parseRecord, type RunRecord, type SampleRecord } from "./record";
import { addUsage, NO_USAGE } from "./usage";

/** The store of all samples: JSON Lines, only ever appended to, each line on the disk before the next sample counts. */
export interface SampleLog {
  /** Keys of the samples that are there. */
  readonly answered: ReadonlySet<string>;
  /** The newest line about a run. */
  readonly lastRun: RunRecord | undefined;
  /** All tokens that samples of this model and settings have used, lost attempts and failures included. */
  used(model: string, settingsId: string): Usage;
  /** Appends a line and has the disk write it. */
  append(record: LogRecord): void;
}

/** Milliseconds to wait for another process: enough to clear away the lock of one that was killed. */
const LOCK_PATIENCE = 1_000;

/**
 * Opens a log, makes it where there is none, and holds it while `work` goes on. A last line that was torn when the process or the machine died is cut away.
 * @throws DataError where another process holds it, or a line cannot be read
 */
export async function withSampleLog<T>(path: string, work: (log: SampleLog) => Promise<T>): Promise<T> {
  const lock = `${path}.lock`;
  try {
    return await withLock(lock, () => holding(path, work), { timeout: LOCK_PATIENCE, interval: 50 });
  } catch (error) {
    if (!(error instanceof DataError && error.location.file === lock)) throw error;
    const remedy = `Wait for it, or, if there is none, delete the folder ${lock}.`;
    throw new DataError("Another process writes to the log.", { file: path }, remedy);
  }
}

async function holding<T>(path: string, work: (log: SampleLog) => Promise<T>): Promise<T> {
  const answered = new Set<string>();
  const used = new Map<string, Usage>();
  let lastRun: RunRecord | undefined;
  const note = (record: LogRecord) => {
    if (record.kind === "run") {
      lastRun = record;
      return;
    }
    const { model, settingsId, usage, lost = NO_USAGE } = record;
    const name = `${model} ${settingsId}`;
    used.set(name, [usage, lost].reduce(addUsage, used.get(name) ?? NO_USAGE));
    if (record.status === "answered") answered.add(record.key);
  };
  let length = await forEachRecord(path, note);
  const isNew = !existsSync(path);
  const file = openSync(path, isNew ? "w+" : "r+");
  try {
    ftruncateSync(file, length);
    if (isNew) syncFolder(path);
    return await work({
      answered,
      get lastRun() {
        return lastRun;
      },
      used: (model, settingsId) => used.get(`${model} ${settingsId}`) ?? NO_USAGE,
      append(record) {
        const bytes = Buffer.from(`${JSON.stringify(record)}\n`);
        for (let done = 0; done < bytes.length; )
          done += writeSync(file, bytes, done, bytes.length - done, length + done);
        fsyncSync(file);
        length += bytes.length;
        note(record);
      },
    });
  } finally {
    closeSync(file);
  }
}

/** A new file's name is on the disk only when its folder is. */
function syncFolder(path: string): void {
  const folder = openSync(dirname(path), "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/**
 * Calls `onSample` with every sample of a log, and `onRun` with every line about a run, in its order; a torn last line does not count. Memory does not grow
 * with the log. Nobody needs to hold it.
 * @throws DataError where there is no log, or a line cannot be read
 */
export async function forEachSample(
  path: string,
  onSample: (record: SampleRecord) => void,
  onRun: (record: RunRecord) => void = () => {},
): Promise<void> {
  if (!existsSync(path))
    throw new DataError("There is no such log.", { file: path }, "Mend the path, or sample first.");
  await forEachRecord(path, (record) => {
    if (record.kind === "sample") onSample(record);
    else onRun(record);
  });
}

/** @returns bytes of the whole lines; 0 where there is no file */
async function forEachRecord(path: string, onRecord: (record: LogRecord) => void): Promise<number> {
  if (!existsSync(path)) return 0;
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let pending: Buffer[] = [];
  let [bytes, line] = [0, 0];
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf("\n"); end >= 0; end = chunk.indexOf("\n", from)) {
      const whole = Buffer.concat([...pending, chunk.subarray(from, end)]);
      bytes += whole.length + 1;
      line++;
      onRecord(parseRecord(decoded(whole, decoder, path, line), path, line));
      pending = [];
      from = end + 1;
    }
    pending.push(chunk.subarray(from));
  }
  return bytes;
}

function decoded(
  bytes: Buffer,
  decoder: InstanceType<typeof TextDecoder>,
  file: string,
  line: number,
): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new DataError(
      "The line is not valid UTF-8.",
      { file, line },
      "Remove it: the sample is drawn again.",
    );
  }
}
