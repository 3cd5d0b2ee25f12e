/**
 * TensorFlow.js's engine and interrupts.
 *
 * Every operation first asks whether an interrupt is wanted. After a cell has failed, the engine's scopes, tape and
 * counters go back to where they stood when it began: where a cell was broken off from outside no `finally` block ran.
 */
const { check } = require("./interrupt.cjs");

const watched = new WeakSet();
const counters = ["gradientDepth", "kernelDepth"];

const engine = () => globalThis._tfengine;

/** Makes the engine's operations interruptible; cheap to call again. */
function watch() {
  const tf = engine();
  if (!tf || watched.has(tf)) return;
  watched.add(tf);
  const runKernel = tf.runKernel;
  tf.runKernel = function (...args) {
    check();
    return runKernel.apply(this, args);
  };
}

/** Notes where the engine stands; the function returned takes it back there. */
function mark() {
  const before = engine()?.state;
  const depth = before?.scopeStack.length ?? 0;
  const counts = counters.map((name) => before?.[name] ?? 0);
  return () => {
    const tf = engine();
    if (!tf?.state) return;
    while (tf.state.scopeStack.length > depth) tf.endScope();
    counters.forEach((name, i) => {
      tf.state[name] = counts[i];
    });
    if (counts[0] > 0) return;
    // A gradient that failed half-way leaves what its tape kept for the way back.
    for (const { saved } of tf.state.activeTape ?? []) for (const tensor of saved ?? []) tensor.dispose();
    tf.state.activeTape = null;
  };
}

module.exports = { watch, mark };
