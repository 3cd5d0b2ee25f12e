import type { TFJSBinding } from "@tensorflow/tfjs-node-gpu/dist/tfjs_binding";

/** What a traced function is, once it is in TensorFlow. */
export interface TracedFunction {
  functionId: number;
  /** Its name in TensorFlow's function library. */
  name: string;
  /** Ops in its graph. */
  nodes: number;
  /** Ids of the tensors from outside that it reads, in the order in which each call gives them after the arguments. */
  captured: Int32Array;
}

/** The native kernel: the binding that tfjs-node-gpu's JavaScript expects, and tracing. */
export interface Binding extends TFJSBinding {
  /** With `outside`, a tensor that is older than the trace in progress: captured instead of made a constant. */
  createTensor(shape: number[], dtype: number, values: unknown, outside?: boolean): number;
  /** From now on ops become graph nodes. Traces nest. */
  beginTrace(name: string): void;
  /** A new argument of the function being traced; returns its tensor id. */
  traceArgument(shape: readonly number[], dtype: number): number;
  /** Ends the innermost trace; `xla` makes TensorFlow compile the function at its first call. */
  endTrace(outputIds: readonly number[], xla: boolean): TracedFunction;
  abortTrace(): void;
  callFunction(functionId: number, inputIds: Int32Array): Int32Array;
  deleteFunction(functionId: number): void;
  /** Names of TensorFlow's devices. */
  devices(): string[];
}

/** Numbers of TensorFlow's dtypes (tensorflow/c/tf_datatype.h). */
export const DTYPE = {
  float32: 1,
  float64: 2,
  int32: 3,
  uint8: 4,
  int16: 5,
  int8: 6,
  string: 7,
  complex64: 8,
  int64: 9,
  bool: 10,
  bfloat16: 14,
  uint16: 17,
  float16: 19,
  resource: 20,
  uint32: 22,
  uint64: 23,
} as const;

/** A dtype of TensorFlow, by name; tfjs itself knows float32, int32, bool, complex64 and string. */
export type TensorFlowDType = keyof typeof DTYPE;
