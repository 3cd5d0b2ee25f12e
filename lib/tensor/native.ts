import * as tf from "@tensorflow/tfjs";
import { type Binding, DTYPE } from "./binding";
import { DataStore } from "./dataStore";
import { repairKernels } from "./kernelRepairs";
import { restoreRemovedUtilities } from "./nodeCompatibility";

/** What tfjs-node-gpu's backend keeps of a tensor's data. */
export interface TensorData {
  shape: number[];
  /** TensorFlow's number of the dtype. */
  dtype: number;
  /** Tensor id in the binding; -1 while the values have not been handed over. */
  id: number;
  values: unknown;
  refCount: number;
  /** The trace in which the values were written, if any. */
  trace?: number;
}

/** The methods of tfjs-node-gpu's backend that this library calls or replaces. */
export interface NativeBackend extends tf.KernelBackend {
  readonly binding: Binding;
  tensorMap: DataStore<TensorData>;
  getInputTensorIds(tensors: readonly tf.TensorInfo[]): number[];
  createOutputTensor(metadata: { id: number; shape: number[]; dtype: number }): tf.Tensor;
  move(dataId: object, values: unknown, shape: number[], dtype: tf.DataType, refCount: number): void;
  incRef(dataId: object): void;
}

/** The trace in progress, as far as the backend must know it. */
export interface TraceScope {
  serial: number;
  /** The tensor data behind each id that an op of the trace has read. */
  readonly seen: Map<number, tf.TensorInfo>;
}

const scopes: TraceScope[] = [];
let serial = 0;

export function enterTrace(): TraceScope {
  const scope = { serial: ++serial, seen: new Map() };
  scopes.push(scope);
  return scope;
}

export function leaveTrace(): void {
  scopes.pop();
}

export function isTracing(): boolean {
  return scopes.length > 0;
}

// tfjs has five dtypes. Others pass through it under the label of the nearest one: the tensor keeps its true dtype in TensorFlow, and only
// ops called by name (`rawOp`) may take it.
const LABEL: Partial<Record<number, tf.DataType>> = {
  [DTYPE.float32]: "float32",
  [DTYPE.float64]: "float32",
  [DTYPE.float16]: "float32",
  [DTYPE.bfloat16]: "float32",
  [DTYPE.bool]: "bool",
  [DTYPE.complex64]: "complex64",
  [DTYPE.string]: "string",
  [DTYPE.resource]: "string",
};

const engine = tf.engine();

function createOutputTensor(
  this: NativeBackend,
  metadata: { id: number; shape: number[]; dtype: number },
): tf.Tensor {
  const { id, shape, dtype } = metadata;
  const dataId = this.tensorMap.add({ shape, dtype, id, values: null, refCount: 1 });
  return engine.makeTensorFromTensorInfo({ dataId, shape, dtype: LABEL[dtype] ?? "int32" });
}

/** Makes the backend aware of traces: values written before the trace are inputs of the function, values written in it constants. */
function followTraces(backend: NativeBackend): void {
  const { move, getInputTensorIds } = backend;
  backend.move = function (dataId, values, shape, dtype, refCount) {
    move.call(this, dataId, values, shape, dtype, refCount);
    const scope = scopes[scopes.length - 1];
    if (scope !== undefined) this.tensorMap.get(dataId).trace = scope.serial;
  };
  backend.getInputTensorIds = function (tensors) {
    const scope = scopes[scopes.length - 1];
    if (scope === undefined) return getInputTensorIds.call(this, tensors);
    for (const tensor of tensors) {
      const data = this.tensorMap.has(tensor.dataId) ? this.tensorMap.get(tensor.dataId) : undefined;
      if (data?.values != null && data.trace !== scope.serial) {
        data.id = this.binding.createTensor(data.shape, data.dtype, data.values, true);
        data.values = null;
      }
    }
    const ids = getInputTensorIds.call(this, tensors);
    tensors.forEach(({ dataId, shape, dtype }, i) => {
      if (dataId !== undefined) scope.seen.set(ids[i], { dataId, shape, dtype }); // a copy: a variable's data may change in the trace
    });
    return ids;
  };
}

/**
 * Registers TensorFlow as the backend "tensorflow" of tfjs and selects it.
 * @throws when the native kernel has not been built or cannot be loaded
 */
export function startNativeBackend(): void {
  restoreRemovedUtilities();
  const binding: Binding = require("../../kernels/tensorflow/load.cjs").load();
  const { NodeJSKernelBackend } = require("@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend");
  const backend: NativeBackend = new NodeJSKernelBackend(binding, "@tensorflow/tfjs-node-gpu");
  backend.tensorMap = new DataStore(backend, engine);
  backend.createOutputTensor = createOutputTensor;
  followTraces(backend);
  tf.registerBackend("tensorflow", () => backend, 3);
  tf.setBackend("tensorflow"); // synchronous for a backend that is made synchronously
  require("@tensorflow/tfjs-node-gpu/dist/register_all_kernels");
  repairKernels();
}

export function nativeBackend(): NativeBackend {
  return tf.engine().findBackend("tensorflow") as NativeBackend;
}
