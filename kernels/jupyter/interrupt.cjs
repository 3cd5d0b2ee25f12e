/**
 * Interrupting a cell, in three degrees.
 *
 * 1. At once, an async cell that waits: its functions get an `Interrupted` at the `await` where they stand.
 * 2. At once, a cell in a tensor operation or a progress step: `check` throws, a plain exception, so `finally` blocks
 *    and `tf.tidy` clean up.
 * 3. After a second, JavaScript that does neither, such as an endless loop, is broken from outside (`breakOnSigint`).
 *
 * The first two come as a flag in shared memory and a message; both, and the signal of the third, from guard.cjs.
 */
const vm = require("node:vm");

class Interrupted extends Error {
  constructor(message = "Interrupted") {
    super(message);
    this.name = "KeyboardInterrupt";
  }
}

/** Shared with the guard: [0] is 1 while an interrupt is wanted, [1] is the number of the running cell, 0 between cells. */
const state = new Int32Array(new SharedArrayBuffer(8));

let cellNow = null;
let depth = 0;
let task = null;

const entry = Symbol.for("reprise.kernel.step");
Object.defineProperty(globalThis, entry, { value: () => task(), enumerable: false });
const script = new vm.Script('globalThis[Symbol.for("reprise.kernel.step")]()', { filename: "node:reprise" });

/** The cell that the running code belongs to, whichever cell has been started since; null outside cells. */
const current = () => cellNow;

/** Runs `f` as part of a cell, such that an endless loop in it can be broken. */
function step(cell, f) {
  if (depth > 0) {
    const outer = cellNow;
    cellNow = cell;
    try {
      return f();
    } finally {
      cellNow = outer;
    }
  }
  depth = 1;
  cellNow = cell;
  task = f;
  try {
    return script.runInThisContext({ breakOnSigint: true, displayErrors: false });
  } catch (error) {
    if (error?.code !== "ERR_SCRIPT_EXECUTION_INTERRUPTED") throw error;
    cell?.brokenOff();
    throw cell ? interrupt(cell) : new Interrupted();
  } finally {
    depth = 0;
    cellNow = null;
    task = null;
  }
}

/** A cell about to run. `brokenOff` is called after degree 3, when no `finally` block has run. */
function begin(number, brokenOff) {
  const cell = { number, waiting: new Set(), interruption: undefined, brokenOff };
  Atomics.store(state, 0, 0);
  Atomics.store(state, 1, number);
  return cell;
}

/** The cell is over: later interrupts are not for it. */
function end() {
  Atomics.store(state, 1, 0);
  Atomics.store(state, 0, 0);
}

/** Gives every waiting async function of the cell an `Interrupted`, the innermost first. */
function interrupt(cell) {
  cell.interruption ??= new Interrupted();
  for (const interruptHere of [...cell.waiting].reverse()) interruptHere();
  return cell.interruption;
}

/** The interruption of a cell: undefined as long as nobody wants one. */
function interruption(cell) {
  if (Atomics.load(state, 0) === 1 && cell.number === Atomics.load(state, 1))
    cell.interruption ??= new Interrupted();
  return cell.interruption;
}

/** Throws if an interrupt is wanted: what long work calls now and then. */
function check() {
  const reason = cellNow && interruption(cellNow);
  if (reason) throw reason;
}

Object.defineProperty(globalThis, Symbol.for("reprise.checkInterrupt"), { value: check, enumerable: false });

module.exports = { Interrupted, state, current, step, begin, end, interrupt, interruption, check };
