import { tf } from "../tensor";

/** The cases, filled up to the batch size with the first of them. */
export function filledUp(cases: Int32Array, batchSize: number): Int32Array {
  if (cases.length === batchSize) return cases;
  const filled = new Int32Array(batchSize).fill(cases[0]);
  filled.set(cases);
  return filled;
}

/** 1 for real rows, 0 for the rest. */
export function rowWeights(real: number, batchSize: number): tf.Tensor1D {
  return tf.tensor1d(Float32Array.from({ length: batchSize }, (_, row) => (row < real ? 1 : 0)));
}

/** Collects the losses of steps without waiting for each of them. */
export function lossMeter() {
  let pending: tf.Scalar[] = [];
  let sum = 0;
  let count = 0;

  /** Mean of the losses since the last call. */
  function drain(): number {
    let recent = 0;
    for (const loss of pending) recent += loss.dataSync()[0];
    const mean = recent / pending.length;
    sum += recent;
    count += pending.length;
    tf.dispose(pending);
    pending = [];
    return mean;
  }

  return {
    add: (loss: tf.Scalar) => pending.push(loss),
    drain,
    /** Mean of all losses. */
    mean(): number {
      drain();
      return sum / count;
    },
    dispose: () => tf.dispose(pending),
  };
}

/** Lets what waits have its turn: a notebook draws, a signal arrives. */
export function eventLoop(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
