import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { tf } from "../tensor";
import { loadMetadata, loadTensors, saveTensors } from "../tensor/safetensors";

/** All that a run needs to go on from where it stopped. */
export interface Checkpoint {
  readonly tensors: Readonly<Record<string, tf.Tensor>>;
  /** Anything that JSON holds. */
  readonly data: unknown;
}

/** What stands beside a checkpoint. */
export interface Bookkeeping {
  /** Length of the metrics' log when it was made: what comes after will be written again. */
  readonly logBytes: number;
  /** That the run had taken until then. */
  readonly seconds: number;
}

/** The checkpoint of a run in the making: a safetensors file, replaced whole. */
export class CheckpointFile {
  private readonly path: string;

  constructor(
    folder: string,
    private readonly current: () => Bookkeeping,
  ) {
    this.path = join(folder, "checkpoint.safetensors");
  }

  save(tensors: Readonly<Record<string, tf.Tensor>>, data: unknown = null): void {
    const metadata = { data: JSON.stringify(data), bookkeeping: JSON.stringify(this.current()) };
    saveTensors(this.path, tensors, metadata);
  }

  exists(): boolean {
    return existsSync(this.path);
  }

  /** What was saved last; the tensors belong to the caller. */
  load(): Checkpoint | undefined {
    if (!this.exists()) return undefined;
    const { data } = loadMetadata(this.path);
    return { tensors: loadTensors(this.path), data: JSON.parse(data) };
  }

  /** Of the last checkpoint; zeros where there is none. */
  bookkeeping(): Bookkeeping {
    if (!this.exists()) return { logBytes: 0, seconds: 0 };
    return JSON.parse(loadMetadata(this.path).bookkeeping);
  }

  remove(): void {
    rmSync(this.path, { force: true });
  }
}
