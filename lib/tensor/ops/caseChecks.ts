import * as tf from "@tensorflow/tfjs";
import { assertClose, finiteDifferences, sampleData, weightedSum } from "../testing";
import type { OpCase } from "./cases";
import { Dense } from "./reference";

/** The tensors an op case is run on. */
export function inputsOf({ inputs }: Pick<OpCase, "inputs">): tf.Tensor[] {
  return dense(inputs).map(({ data, shape }) => tf.tensor([...data], [...shape]));
}

/** Throws where the op's value is not that of its definition. */
export function checkValue(operation: OpCase): void {
  const expected = operation.reference(...dense(operation.inputs));
  const tolerance = operation.tolerance ?? 1e-5;
  tf.tidy(() => {
    const value = operation.run(...inputsOf(operation));
    if (value.shape.join() !== expected.shape.join())
      throw new Error(`${operation.name}: the shape is [${value.shape}], expected [${expected.shape}].`);
    assertClose(
      tf.reshape(value, [-1]),
      expected.data,
      { relative: tolerance, absolute: tolerance },
      operation.name,
    );
  });
}

/** Throws where a gradient is not that of the definition, differentiated numerically in double precision. */
export function checkGradient(operation: OpCase): void {
  const arrays = dense(operation.inputs);
  tf.tidy(() => {
    const gradients = gradientsOf(operation);
    arrays.forEach(({ data, shape }, which) => {
      const loss = (values: readonly number[]) => {
        const moved = arrays.map((array, i) => (i === which ? new Dense(shape, values) : array));
        const result = operation.reference(...moved);
        return sampleData(result.shape, 77, 0.5, 1.5).reduce(
          (total, weight, i) => total + weight * result.data[i],
          0,
        );
      };
      const expected = finiteDifferences(loss, data, 1e-4);
      const found = tf.reshape(gradients[which], [-1]);
      assertClose(
        found,
        expected,
        { relative: 1e-4, absolute: 1e-5 },
        `${operation.name}, gradient of input ${which}`,
      );
    });
  });
}

/** The gradients of a weighted sum of the op's elements. */
export function gradientsOf(operation: OpCase, inputs = inputsOf(operation)): tf.Tensor[] {
  return tf.grads((...xs: tf.Tensor[]) => weightedSum(operation.run(...xs)))(inputs);
}

/** An input without numbers of its own gets numbers that depend on its position only. */
function dense(inputs: OpCase["inputs"]): Dense[] {
  return inputs.map(({ shape, min, max, values }, i) => {
    // Rounded to float32, so that the definition sees what the op sees.
    const data = Array.from(Float32Array.from(values ?? sampleData(shape, i + 1, min, max)));
    return new Dense(shape, data);
  });
}
