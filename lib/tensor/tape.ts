import * as tf from "@tensorflow/tfjs";

/** What tfjs records of an op for backpropagation, as far as its order is concerned. */
interface TapeNode {
  inputs: Record<string, tf.Tensor>;
  outputs: tf.Tensor[];
}

/**
 * Repairs gradients of gradients. An op whose gradient needs its own output (exp, tanh, softmax, ..) saves a copy of it, and
 * tfjs records that copy before the op. Searched in that order, the copy leads nowhere, and everything that a second
 * derivative owes to it is lost without a word. This puts the op in front of the copies of its outputs.
 */
export function repairTapeOrder(): void {
  const engine = tf.engine() as unknown as {
    addTapeNode(...args: unknown[]): void;
    state: { activeTape: TapeNode[] };
  };
  const record = engine.addTapeNode;
  engine.addTapeNode = function (...args) {
    record.apply(this, args);
    const tape = this.state.activeTape;
    const node = tape[tape.length - 1];
    const outputs = new Set(node.outputs);
    let place = tape.length - 1;
    while (place > 0 && Object.values(tape[place - 1].inputs).some((input) => outputs.has(input))) place--;
    if (place < tape.length - 1) tape.splice(place, 0, tape.pop() as TapeNode);
  };
}
