import * as tf from "@tensorflow/tfjs";
import { DTYPE, type TensorFlowDType } from "./binding";
import { nativeBackend, startNativeBackend } from "./native";

/**
 * An attribute of a TensorFlow op. `{ dtype }` names a type, `{ dtypes }` several; a number, a string, a boolean or an array of them
 * is what it is, and TensorFlow's own description of the op says whether a number is an integer or a float.
 */
export type Attribute =
  | boolean
  | number
  | string
  | readonly number[]
  | readonly boolean[]
  | readonly string[]
  | readonly (readonly number[])[]
  | { dtype: TensorFlowDType }
  | { dtypes: readonly TensorFlowDType[] };

/** Why the native kernel is not in use, or undefined when it is. */
let failure: Error | undefined;

function start(): void {
  if (process.env.REPRISE_BACKEND === "cpu") {
    failure = new Error("REPRISE_BACKEND=cpu asks for the JavaScript backend");
  } else {
    try {
      startNativeBackend();
      return;
    } catch (error) {
      failure = error as Error;
      console.warn(
        `Reprise runs on the slow JavaScript backend: the native kernel did not load (${failure.message.split("\n")[0]}). ` +
          "Run `npm run setup` to build it; `npx reprise doctor` says more.",
      );
    }
  }
  tf.setBackend("cpu");
}

/** True when tensors live in TensorFlow; false on the JavaScript fallback. */
export function isNative(): boolean {
  return failure === undefined;
}

/** What runs the tensors: backend, TensorFlow's version and devices, or why the fallback is in use. */
export function backendReport(): {
  backend: string;
  version?: string;
  devices: string[];
  gpu: boolean;
  failure?: string;
} {
  if (failure !== undefined) return { backend: "cpu", devices: [], gpu: false, failure: failure.message };
  const { binding } = nativeBackend();
  return {
    backend: "tensorflow",
    version: binding.TF_Version,
    devices: binding.devices(),
    gpu: binding.isUsingGpuDevice(),
  };
}

function attributeValue(attribute: Attribute): unknown {
  if (typeof attribute !== "object" || Array.isArray(attribute)) return attribute;
  if ("dtype" in attribute) return DTYPE[attribute.dtype];
  return "dtypes" in attribute ? attribute.dtypes.map((dtype) => DTYPE[dtype]) : attribute;
}

/**
 * Calls a TensorFlow op by its name.
 * @param name        as in TensorFlow's op list ("MatMul", "SparseSoftmaxCrossEntropyWithLogits")
 * @param inputs      its tensors, lists laid flat
 * @param attributes  those that do not follow from the inputs
 * @param outputs     how many outputs the op has
 * @returns its outputs; no gradient is recorded (wrap the call in `tf.customGrad`)
 * @throws on the JavaScript fallback, and with TensorFlow's message, the op's name and its inputs when TensorFlow refuses
 */
export function rawOp(
  name: string,
  inputs: readonly tf.Tensor[],
  attributes: Record<string, Attribute> = {},
  outputs = 1,
): tf.Tensor[] {
  if (!isNative())
    throw new Error(`TensorFlow's op ${name} needs the native kernel: run \`npm run setup\` to build it`);
  const backend = nativeBackend();
  const list = Object.entries(attributes).map(([key, value]) => ({
    name: key,
    value: attributeValue(value),
    type: 0,
  }));
  const ids = backend.getInputTensorIds(inputs);
  const metadata = backend.binding.executeOp(
    name,
    list as Parameters<typeof backend.binding.executeOp>[1],
    ids,
    outputs,
  );
  return metadata.map((output) => backend.createOutputTensor(output));
}

start();
