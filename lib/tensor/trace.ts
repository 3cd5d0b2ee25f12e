import * as tf from "@tensorflow/tfjs";
import type { TracedFunction } from "./binding";
import { enterTrace, leaveTrace, type NativeBackend, nativeBackend } from "./native";
import { mapStructure, tensorsIn } from "./structure";

/** A traced function and all that a call needs. */
export interface Trace {
  readonly traced: TracedFunction;
  /** Inputs after the arguments: variables are read anew at each call, other tensors are kept. */
  readonly captured: readonly tf.Tensor[];
  /** Variables that the function assigns; their new values are the last outputs. */
  readonly assigned: readonly tf.Variable[];
  /** The function's result, with a `Slot` where a tensor goes. */
  readonly result: unknown;
  readonly outputs: readonly { shape: number[]; dtype: tf.DataType }[];
  /** Where in the user's code each op was made; the op's number is in its node's name. */
  readonly origins: readonly Error[];
}

/** The place of output `index` in a result. */
export class Slot {
  constructor(readonly index: number) {}
}

function registeredVariables(): tf.Variable[] {
  return Object.values(tf.engine().state.registeredVariables);
}

/** Variables as they were before the trace. Their data is held, so that an assignment in the trace does not free it. */
function holdVariables(backend: NativeBackend): Map<tf.Variable, object> {
  const held = new Map<tf.Variable, object>();
  const taken = new Set<object>();
  for (const variable of registeredVariables()) {
    if (taken.has(variable.dataId) || backend.refCount(variable.dataId) > 1) giveOwnMemory(variable);
    taken.add(variable.dataId);
    backend.getInputTensorIds([variable]); // hands over values that still wait in JavaScript
    backend.incRef(variable.dataId);
    held.set(variable, variable.dataId);
  }
  return held;
}

/**
 * A trace knows a variable by its memory. Two variables share it after both were assigned clones of one tensor, and a variable and its own clone do: a copy
 * of the weights that is to stay as it is would be taken for the weights themselves.
 */
function giveOwnMemory(variable: tf.Variable): void {
  const own = tf.tensor(variable.dataSync(), variable.shape, variable.dtype);
  variable.assign(own);
  own.dispose();
}

function restoreVariables(backend: NativeBackend, held: Map<tf.Variable, object>): void {
  for (const [variable, dataId] of held) {
    if (variable.dataId !== dataId && !variable.isDisposed) {
      tf.engine().disposeTensor(variable);
      (variable as { dataId: object }).dataId = dataId;
      tf.engine().incRef(variable, backend);
    }
    backend.disposeData(dataId, false); // lets go of the hold
  }
}

function refuseNewVariables(held: Map<tf.Variable, object>): void {
  const made = registeredVariables().filter((variable) => !held.has(variable));
  for (const variable of made) variable.dispose();
  if (made.length > 0) {
    throw new Error(
      `a compiled function made the variable '${made[0].name}': make variables outside and assign them inside`,
    );
  }
}

/** Gives each op made during the trace a stack, and says in an error which function was being traced. */
function recordOrigins(backend: NativeBackend, origins: Error[]): () => void {
  const { binding } = backend;
  const { executeOp } = binding;
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 60; // the user's line lies under tfjs's and ours
  binding.executeOp = (...call) => {
    const outputs = executeOp(...call);
    origins.push(new Error(call[0]));
    return outputs;
  };
  return () => {
    binding.executeOp = executeOp;
    Error.stackTraceLimit = limit;
  };
}

/** The tensors behind the captured ids: a variable itself, or a kept alias of a tensor. */
function capturedTensors(
  ids: Int32Array,
  seen: Map<number, tf.TensorInfo>,
  held: Map<tf.Variable, object>,
): tf.Tensor[] {
  const variableOf = new Map([...held].map(([variable, dataId]) => [dataId, variable]));
  return Array.from(ids, (id) => {
    const tensor = seen.get(id);
    if (tensor === undefined) throw new Error("a traced function reads a tensor that tfjs does not know");
    const variable = variableOf.get(tensor.dataId);
    if (variable !== undefined) return variable;
    const alias = tf.engine().makeTensorFromTensorInfo(tensor);
    nativeBackend().incRef(alias.dataId);
    return tf.keep(alias);
  });
}

/**
 * Runs `fn` once on symbols instead of values and makes a TensorFlow function of what it did. Variables are as before when it returns or throws.
 * @param xla whether TensorFlow compiles the function with XLA at its first call
 */
export function traceFunction(
  fn: (...args: never[]) => unknown,
  args: readonly unknown[],
  name: string,
  xla: boolean,
): Trace {
  const backend = nativeBackend();
  const { binding } = backend;
  const held = holdVariables(backend);
  const origins: Error[] = [];
  const scope = enterTrace();
  binding.beginTrace(name.replace(/[^A-Za-z0-9_]/g, "_"));
  const forgetOrigins = recordOrigins(backend, origins);
  tf.engine().startScope(name);
  let open = true;
  try {
    const symbols = mapStructure(args, (leaf) => {
      if (!(leaf instanceof tf.Tensor) || leaf instanceof tf.Variable) return leaf;
      const dtype = backend.tensorMap.get(leaf.dataId).dtype;
      const id = binding.traceArgument(leaf.shape, dtype);
      return backend.createOutputTensor({ id, shape: leaf.shape, dtype });
    }) as never[];
    const value = fn(...symbols);
    if (value instanceof Promise) throw new Error("a compiled function cannot be async");
    refuseNewVariables(held);
    const outputs = tensorsIn(value);
    const assigned = [...held]
      .filter(([variable, dataId]) => variable.dataId !== dataId)
      .map(([variable]) => variable);
    let slots = 0;
    const result = mapStructure(value, (leaf) =>
      leaf instanceof tf.Tensor && !(leaf instanceof tf.Variable) ? new Slot(slots++) : leaf,
    );
    const traced = binding.endTrace(backend.getInputTensorIds([...outputs, ...assigned]), xla);
    open = false;
    leaveTrace();
    const captured = capturedTensors(traced.captured, scope.seen, held);
    return {
      traced,
      captured,
      assigned,
      result,
      outputs: outputs.map(({ shape, dtype }) => ({ shape, dtype })),
      origins,
    };
  } finally {
    forgetOrigins();
    if (open) {
      binding.abortTrace();
      leaveTrace();
    }
    restoreVariables(backend, held);
    tf.engine().endScope();
  }
}
