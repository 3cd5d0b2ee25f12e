import * as tf from "@tensorflow/tfjs";
import type { NativeBackend } from "./native";

type Kernel = (call: {
  inputs: Record<string, tf.Tensor>;
  attrs: Record<string, unknown>;
  backend: NativeBackend;
}) => tf.TensorInfo;

/** Replaces a kernel of tfjs-node-gpu; the new one may call the old one. */
function replaceKernel(name: string, make: (original: Kernel) => Kernel): void {
  const original = tf.getKernel(name, "tensorflow");
  tf.unregisterKernel(name, "tensorflow");
  tf.registerKernel({ ...original, kernelFunc: make(original.kernelFunc as Kernel) as tf.KernelFunc });
}

/** "indices[0] = 100 is not in [0, 2)" of TensorFlow, with tfjs's own sentence before it. */
function inWordsOfTfjs(error: Error): Error {
  const found = / = (-?\d+) is not in \[0, (\d+)\)/.exec(error.message);
  if (found === null) return error;
  return new Error(
    `GatherV2: the index value ${found[1]} is not in [0, ${Number(found[2]) - 1}]; ${error.message}`,
  );
}

/** Mends what tfjs-node-gpu 4.22 does wrong on TensorFlow 2.21, or does in JavaScript and so cannot be traced, and what would not repeat. */
export function repairKernels(): void {
  // TensorFlow 2.21 rounds int32 to zeros; an integer is its own rounding.
  replaceKernel("Round", (original) => (call) => {
    const { x } = call.inputs;
    if (x.dtype !== "int32") return original(call);
    call.backend.incRef(x.dataId);
    return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
  });

  // TensorFlow's AddN begins with the first term whose memory it may take for the sum. In a graph on several threads that is a matter of time, and with it
  // the order of the terms: one seed gave two results that differ in the last bit.
  replaceKernel("AddN", (original) => (call) => {
    const terms = call.inputs as unknown as tf.Tensor[];
    if (terms.length <= 2) return original(call);
    return tf.tidy(() => terms.reduce((sum, term) => tf.add(sum, term)));
  });

  // tfjs-node-gpu reads the indices back to check them, at each call; TensorFlow checks them itself.
  replaceKernel("GatherV2", () => ({ inputs, attrs, backend }) => {
    const { x, indices } = inputs;
    const { axis, batchDims } = attrs as { axis: number; batchDims: number };
    tf.backend_util.segment_util.collectGatherOpShapeInfo(x, indices, axis, batchDims);
    const axisTensor = tf.scalar(axis, "int32");
    const ids = backend.getInputTensorIds([x, indices, axisTensor]);
    try {
      const attributes = [{ name: "batch_dims", type: 0, value: batchDims }];
      return backend.createOutputTensor(backend.binding.executeOp("GatherV2", attributes, ids, 1)[0]);
    } catch (error) {
      throw inWordsOfTfjs(error as Error);
    } finally {
      axisTensor.dispose();
    }
  });
}
