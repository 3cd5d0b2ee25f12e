import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { projectRoot } from "../data/root";
import { type Claim, claim, holderOf, type ProcessIdentity } from "./claim";
import type { JsonRecord, RunSpec } from "./identity";

/** Numbers of a run that do not fit into a table: one for each user, say. */
export type Values = Float64Array | Int32Array;

/** What a run has found. */
export interface RunOutput {
  /** Its results by name. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly arrays?: Readonly<Record<string, Values>>;
  /** Times and the like, which differ from one execution to the next: no result. */
  readonly timings?: Readonly<Record<string, number>>;
}

/** How a run came about: what may differ between two executions of the same run. */
export interface RunProvenance {
  /** Of the project, with "+" where the sources differed from it. */
  readonly commit: string;
  /** ISO 8601, of the end. */
  readonly date: string;
  readonly machine: string;
  /** Of all executions that it took. */
  readonly seconds: number;
  /** Of the process that ended it. */
  readonly peakBytes: number;
}

const arrayTypes = { float64: Float64Array, int32: Int32Array } as const;

const runSchema = z.object({
  format: z.literal(1),
  id: z.string(),
  experiment: z.string(),
  config: z.record(z.unknown()),
  seed: z.number(),
  code: z.string(),
  metrics: z.record(z.number().nullable()),
  timings: z.record(z.number()),
  arrays: z.record(z.object({ type: z.enum(["float64", "int32"]), length: z.number() })),
  provenance: z.object({
    commit: z.string(),
    date: z.string(),
    machine: z.string(),
    seconds: z.number(),
    peakBytes: z.number(),
  }),
});

/** A finished run as it is stored. */
export interface StoredRun extends RunSpec {
  readonly id: string;
  readonly code: string;
  /** NaN where the run found no number. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly timings: Readonly<Record<string, number>>;
  readonly provenance: RunProvenance;
  /** Its folder. */
  readonly folder: string;
  /** @throws where the run has no array of this name */
  array(name: string): Values;
}

/** Why an execution of a run ended without a result. */
export interface Failure extends RunSpec {
  readonly id: string;
  readonly code: string;
  readonly message: string;
  readonly date: string;
}

/** Where the runs are: `REPRISE_RUNS`, or else the project's `runs/`. */
export function storeFolder(): string {
  return process.env["REPRISE_RUNS"] || join(projectRoot(), "runs");
}

/**
 * Finished runs, one folder each, and those in the making. A run is made in a folder of its own and renamed when all of it is on
 * disk: it is there whole or not at all, whenever a process is killed. Many processes may use one store at the same time.
 *
 *     done/<experiment>/<id>/   run.json, metrics.jsonl, arrays/, TensorBoard events, and what the run has left there
 *     work/<id>/                a run in the making, with its checkpoint
 *     claims/                   who is making which run
 *     failed/<id>.json          why the last execution of a run ended without a result
 *     aside/                    folders that are no runs: never read, never deleted
 */
export class RunStore {
  constructor(
    readonly folder: string = storeFolder(),
    /** Hears of folders that were set aside. */
    private readonly warn: (message: string) => void = console.warn,
  ) {}

  /** The folder of a finished run. */
  private done(experiment: string, id: string): string {
    return join(this.folder, "done", experiment, id);
  }

  /** A finished run, or undefined. A damaged one is set aside: then there is none. */
  read(experiment: string, id: string): StoredRun | undefined {
    const folder = this.done(experiment, id);
    let text: string;
    try {
      text = readFileSync(join(folder, "run.json"), "utf8");
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOENT" && !existsSync(folder)) return undefined;
      return this.setAside(
        experiment,
        id,
        code === "ENOENT" ? "it has no run.json" : (error as Error).message,
      );
    }
    try {
      const record = runSchema.parse(JSON.parse(text));
      if (record.id !== id || record.experiment !== experiment)
        throw new Error(`it calls itself ${record.experiment} ${record.id}`);
      return storedRun(record, folder);
    } catch (error) {
      const reason =
        error instanceof z.ZodError
          ? `its run.json has no proper ${error.issues[0].path.join(".")}`
          : (error as Error).message;
      return this.setAside(experiment, id, reason);
    }
  }

  /** All finished runs, of one experiment or of all, in the order of experiment and name. */
  list(experiment?: string): StoredRun[] {
    const experiments = experiment === undefined ? namesIn(join(this.folder, "done")) : [experiment];
    return experiments.flatMap((name) =>
      namesIn(join(this.folder, "done", name)).flatMap((id) => this.read(name, id) ?? []),
    );
  }

  /** Failures of runs that have not been finished since. */
  failures(): Failure[] {
    return namesIn(join(this.folder, "failed")).flatMap((name) => {
      try {
        const failure: Failure = JSON.parse(readFileSync(join(this.folder, "failed", name), "utf8"));
        return existsSync(this.done(failure.experiment, failure.id)) ? [] : [failure];
      } catch {
        return []; // half a note of a failure says nothing; the run will be executed again in any case
      }
    });
  }

  /** Who makes a run now. */
  holder(id: string): ProcessIdentity | undefined {
    return holderOf(join(this.folder, "claims"), id);
  }

  /**
   * Begins a run, or goes on with one that was cut off.
   * @returns the run where it is stored already; its holder where another process makes it; or the run in the making
   */
  begin(
    spec: RunSpec,
    id: string,
    code: string,
  ): { stored: StoredRun } | { heldBy: ProcessIdentity } | { draft: RunDraft } {
    const claimed = claim(join(this.folder, "claims"), id);
    const stored = this.read(spec.experiment, id);
    if (stored !== undefined) {
      if ("release" in claimed) claimed.release();
      return { stored };
    }
    if ("heldBy" in claimed) return claimed;
    const work = join(this.folder, "work", id);
    mkdirSync(work, { recursive: true });
    return {
      draft: new RunDraft(
        spec,
        id,
        code,
        work,
        this.done(spec.experiment, id),
        this.failureFile(id),
        claimed,
      ),
    };
  }

  private failureFile(id: string): string {
    return join(this.folder, "failed", `${id}.json`);
  }

  /** Deletes a run, finished or not. @throws where a process is making it */
  remove(experiment: string, id: string): void {
    const holder = this.holder(id);
    if (holder !== undefined)
      throw new Error(`Process ${holder.pid} on ${holder.host} is making run ${id}: stop it first.`);
    rmSync(join(this.folder, "work", id), { recursive: true, force: true });
    rmSync(this.failureFile(id), { force: true });
    // Renamed before it is deleted: a process killed in between leaves no half of a run.
    const doomed = join(this.folder, "work", `${id}.deleted-${process.pid}`);
    mkdirSync(join(this.folder, "work"), { recursive: true });
    if (existsSync(this.done(experiment, id))) renameSync(this.done(experiment, id), doomed);
    rmSync(doomed, { recursive: true, force: true });
  }

  private setAside(experiment: string, id: string, reason: string): undefined {
    const to = join(this.folder, "aside", `${experiment}-${id}-${Date.now()}`);
    mkdirSync(join(this.folder, "aside"), { recursive: true });
    try {
      renameSync(this.done(experiment, id), to);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined; // another process was quicker
      throw error;
    }
    this.warn(`The folder of run ${id} of ${experiment} is no run (${reason}): it was set aside to ${to}.`);
    return undefined;
  }
}

/** A run in the making: only the process that holds its claim has one. */
export class RunDraft {
  constructor(
    private readonly spec: RunSpec,
    readonly id: string,
    private readonly code: string,
    /** Where the run may leave files; they are kept with it. */
    readonly folder: string,
    private readonly destination: string,
    private readonly failureFile: string,
    private readonly claim: Claim,
  ) {}

  /** Stores the result: from now on the run is there. */
  finish({ metrics, arrays = {}, timings = {} }: RunOutput, provenance: RunProvenance): void {
    rmSync(join(this.folder, "arrays"), { recursive: true, force: true });
    mkdirSync(join(this.folder, "arrays"));
    for (const [name, values] of Object.entries(arrays)) {
      writeDurably(
        join(this.folder, "arrays", `${name}.bin`),
        new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
      );
    }
    const described = Object.entries(arrays).map(([name, values]) => [
      name,
      { type: values instanceof Int32Array ? "int32" : "float64", length: values.length },
    ]);
    const record = {
      format: 1,
      id: this.id,
      ...this.spec,
      code: this.code,
      metrics,
      timings,
      arrays: Object.fromEntries(described),
      provenance,
    };
    writeDurably(join(this.folder, "run.json"), Buffer.from(`${JSON.stringify(record, null, 1)}\n`));
    mkdirSync(join(this.destination, ".."), { recursive: true });
    renameSync(this.folder, this.destination);
    rmSync(this.failureFile, { force: true });
    this.claim.release();
  }

  /** Ends this execution; what it has reached stays, and the next one goes on from there. */
  interrupt(): void {
    this.claim.release();
  }

  /** Notes why the run failed, and forgets what it had reached. */
  fail(message: string): void {
    const failure: Failure = {
      id: this.id,
      ...this.spec,
      code: this.code,
      message,
      date: new Date().toISOString(),
    };
    mkdirSync(join(this.failureFile, ".."), { recursive: true });
    writeDurably(this.failureFile, Buffer.from(`${JSON.stringify(failure, null, 1)}\n`));
    rmSync(this.folder, { recursive: true, force: true });
    this.claim.release();
  }
}

function storedRun(record: z.infer<typeof runSchema>, folder: string): StoredRun {
  const { arrays, metrics, config, ...rest } = record;
  return {
    ...rest,
    folder,
    config: config as JsonRecord,
    metrics: Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, value ?? Number.NaN])),
    array(name) {
      const described = arrays[name];
      if (described === undefined) {
        const known = Object.keys(arrays).join(", ") || "none";
        throw new Error(`Run ${record.id} has no array ${name}; it has ${known}.`);
      }
      const bytes = readFileSync(join(folder, "arrays", `${name}.bin`));
      const Type = arrayTypes[described.type];
      if (bytes.length !== described.length * Type.BYTES_PER_ELEMENT) {
        throw new Error(
          `${join(folder, "arrays", `${name}.bin`)} has ${bytes.length} bytes, not ${described.length} numbers: remove the run and make it again.`,
        );
      }
      return new Type(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    },
  };
}

/** Names in a folder, in alphabetical order; none where there is no such folder. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** Writes a file that is on disk when this returns. */
export function writeDurably(path: string, bytes: Uint8Array): void {
  const file = openSync(path, "w");
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
