import type * as tf from "@tensorflow/tfjs";

/** Where the backend's record of a tensor's data is kept: on the data's own identity. */
interface Slot {
  data?: unknown;
}

/**
 * tfjs's storage of what a backend knows of each tensor, without its WeakMap: a record is a property of the identity
 * (`dataId`) it belongs to. Op by op, one is made and one dropped with every op, and a WeakMap is slow at both.
 */
export class DataStore<T> {
  private count = 0;

  constructor(
    private readonly backend: tf.KernelBackend,
    private readonly mover: { moveData(backend: tf.KernelBackend, dataId: object): void },
  ) {}

  /** The record; what another backend holds is moved here first. */
  get(dataId: object): T {
    if ((dataId as Slot).data === undefined) this.mover.moveData(this.backend, dataId);
    return (dataId as Slot).data as T;
  }

  /** Makes an identity for a new record. */
  add(record: T): object {
    this.count += 1;
    return { data: record } satisfies Slot;
  }

  set(dataId: object, record: T): void {
    this.count += 1;
    (dataId as Slot).data = record;
  }

  has(dataId: object): boolean {
    return (dataId as Slot).data !== undefined;
  }

  delete(dataId: object): boolean {
    const held = this.has(dataId);
    this.count -= 1;
    (dataId as Slot).data = undefined;
    return held;
  }

  numDataIds(): number {
    return this.count;
  }
}
