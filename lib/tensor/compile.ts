import path from "node:path";
import * as tf from "@tensorflow/tfjs";
import { isNative } from "./backend";
import { isTracing, nativeBackend } from "./native";
import { mapStructure, signatureOf, tensorsIn } from "./structure";
import { Slot, type Trace, traceFunction } from "./trace";

export interface CompileOptions {
  /** For messages; the function's own name if left out. */
  name?: string;
  /** `true`: XLA, and an error where it cannot; `false`: a plain graph; `"auto"`: XLA unless the graph is big or XLA refuses it. */
  xla?: boolean | "auto";
}

/** One traced version of a compiled function. */
export interface TraceReport {
  signature: string;
  mode: "xla" | "graph";
  /** Ops in the graph. */
  nodes: number;
  /** Tensors from outside that it reads: variables and constants. */
  captured: number;
  /** Variables that it assigns. */
  assigned: number;
  /** Time from the call to its first result, tracing and compiling included, in milliseconds. */
  firstCallMs: number;
}

export interface Compiled<Args extends unknown[], Result> {
  (...args: Args): Result;
  /** How often the function has been traced. */
  readonly traces: number;
  report(): TraceReport[];
  /** Frees the traced versions; a later call traces again. */
  dispose(): void;
}

// Where `auto` stops choosing XLA, whose compile time grows faster than the graph. The step of an MLP (about 200 ops) runs twice as fast as the plain
// graph; that of SASRec (1,050 ops) hardly faster, after 2.4 s of compiling; a GRU unrolled to 4,288 ops took 30 s to compile and was slower.
const LARGEST_FOR_XLA = 500;
const RETRACE_WARNING = 8;
/** Whether a frame of a stack is the user's: not a package's (tfjs-core's show under its source map's path), not Node's, not this folder's. */
function isForeign(line: string): boolean {
  if (line.includes(`${__dirname}${path.sep}`)) return !line.includes(".test.");
  return ["node_modules", "tfjs-core/src", "kernels/jupyter", "node:", "<anonymous>"].some((mark) =>
    line.includes(mark),
  );
}

/** Throws where a notebook's user has asked to stop. The notebook kernel leaves it here for long work to call; elsewhere there is none. */
const checkInterrupt = (globalThis as { [key: symbol]: (() => void) | undefined })[
  Symbol.for("reprise.checkInterrupt")
];

interface Version {
  trace: Trace;
  report: TraceReport;
}

/** The first line of a stack that is neither tfjs's nor this folder's. */
function userLine(stack: string | undefined): string | undefined {
  return stack
    ?.split("\n")
    .slice(1)
    .find((line) => line.trimStart().startsWith("at ") && !isForeign(line))
    ?.trim();
}

/** TensorFlow names a node in its message (`{{node MatMul_3}}`); this adds the line that made it. */
function locate(error: Error, trace: Trace, name: string): Error {
  const node = /\b[A-Z][A-Za-z0-9]*_(\d+)\b/.exec(error.message);
  const line = node === null ? undefined : userLine(trace.origins[Number(node[1])]?.stack);
  return new Error(
    `${name}: ${error.message}${line === undefined ? "" : `\n    ${node?.[0]} was made ${line}`}`,
    { cause: error },
  );
}

function disposeVersion({ trace }: Version): void {
  nativeBackend().binding.deleteFunction(trace.traced.functionId);
  for (const tensor of trace.captured) {
    if (!(tensor instanceof tf.Variable)) tensor.dispose();
  }
}

/** Gives a variable its new value: in place when nobody else sees the old one. */
function assign(variable: tf.Variable, id: number): void {
  const backend = nativeBackend();
  const data = backend.tensorMap.get(variable.dataId);
  if (data.refCount === 1) {
    backend.binding.deleteTensor(data.id);
    data.id = id;
    return;
  }
  const value = backend.createOutputTensor({ id, shape: variable.shape, dtype: data.dtype });
  variable.assign(value);
  value.dispose();
}

function run(trace: Trace, args: readonly unknown[]): unknown {
  const backend = nativeBackend();
  const inputs = backend.getInputTensorIds([...tensorsIn(args), ...trace.captured]);
  const ids = backend.binding.callFunction(trace.traced.functionId, Int32Array.from(inputs));
  const { outputs } = trace;
  for (const [i, variable] of trace.assigned.entries()) assign(variable, ids[outputs.length + i]);
  const tensors = outputs.map(({ shape, dtype }, i) => {
    const dataId = {};
    backend.tensorMap.set(dataId, {
      shape,
      dtype: backend.binding[TF_DTYPE[dtype]] as number,
      id: ids[i],
      values: null,
      refCount: 1,
    });
    return tf.engine().makeTensorFromTensorInfo({ dataId, shape, dtype });
  });
  return mapStructure(trace.result, (leaf) => (leaf instanceof Slot ? tensors[leaf.index] : leaf));
}

const TF_DTYPE = {
  float32: "TF_FLOAT",
  int32: "TF_INT32",
  bool: "TF_BOOL",
  complex64: "TF_COMPLEX64",
  string: "TF_STRING",
} as const;

/**
 * Turns a function on tensors into one TensorFlow function, traced once for each signature: shapes and dtypes of its tensors, its fixed values, and
 * the variables among its arguments. A whole training step, `compile((batch) => optimizer.step(() => loss(batch)))`, becomes one call.
 *
 * While it is traced the function runs on symbols: it must not read values (`dataSync`, `print`), must not use tfjs's random functions (they would
 * freeze; take a key and `Rng`), and its JavaScript control flow is decided once. Tensors from outside are captured, variables are read and
 * assigned at each call. Inside another compiled function or a gradient it is an ordinary function; on the JavaScript fallback always.
 *
 * @param fn takes and returns tensors and fixed values in records and arrays
 * @throws TensorFlow's errors, with the function's name, the op and the line of user code that made it
 */
export function compile<Args extends unknown[], Result>(
  fn: (...args: Args) => Result,
  { name = fn.name || "compiled", xla = "auto" }: CompileOptions = {},
): Compiled<Args, Result> {
  const versions = new Map<string, Version>();
  let traces = 0;

  function newTrace(args: Args, useXla: boolean): Trace {
    traces++;
    try {
      return traceFunction(fn as (...args: never[]) => unknown, args, name, useXla);
    } catch (error) {
      if (error instanceof Error && !error.message.startsWith("while tracing")) {
        const line = userLine(error.stack);
        const message = `while tracing ${name}: ${error.message}${line === undefined ? "" : `\n    ${line}`}`;
        error.stack = error.stack?.replace(error.message, message);
        error.message = message;
      }
      throw error;
    }
  }

  function makeVersion(signature: string, args: Args): [Version, unknown] {
    const start = performance.now();
    let mode: TraceReport["mode"] = xla === false ? "graph" : "xla";
    let trace = newTrace(args, mode === "xla");
    const version = (): Version => ({
      trace,
      report: {
        signature,
        mode,
        nodes: trace.traced.nodes,
        captured: trace.captured.length,
        assigned: trace.assigned.length,
        firstCallMs: performance.now() - start,
      },
    });
    const retrace = (): void => {
      disposeVersion(version());
      traces--; // the same signature, in another mode
      mode = "graph";
      trace = newTrace(args, false);
    };
    if (xla === "auto" && trace.traced.nodes > LARGEST_FOR_XLA) retrace();
    let result: unknown;
    try {
      result = run(trace, args);
    } catch (error) {
      if (xla !== "auto" || mode === "graph") {
        const located = locate(error as Error, trace, name);
        disposeVersion(version());
        throw located;
      }
      retrace(); // XLA refused: an op that it does not have, or a shape that it cannot know
      result = run(trace, args);
    }
    if (traces === RETRACE_WARNING + 1) {
      console.warn(
        `${name} has been traced ${traces} times; the last signature was ${signature || "()"}. Give it tensors of fixed shapes, and numbers that change as tensors.`,
      );
    }
    return [version(), result];
  }

  function call(...args: Args): Result {
    if (!isNative() || isTracing() || tf.engine().state.gradientDepth > 0) return fn(...args);
    checkInterrupt?.();
    const signature = signatureOf(args);
    const version = versions.get(signature);
    if (version === undefined) {
      const [made, result] = makeVersion(signature, args);
      versions.set(signature, made);
      return result as Result;
    }
    try {
      return run(version.trace, args) as Result;
    } catch (error) {
      throw locate(error as Error, version.trace, name);
    }
  }

  return Object.defineProperty(
    Object.assign(call, {
      report: () => Array.from(versions.values(), ({ report }) => report),
      dispose: () => {
        for (const version of versions.values()) disposeVersion(version);
        versions.clear();
      },
    }),
    "traces",
    { get: () => traces },
  ) as Compiled<Args, Result>;
}
