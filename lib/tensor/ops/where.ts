import * as tf from "@tensorflow/tfjs";
import { isNative, rawOp } from "../backend";
import { sumToShape, withGradient } from "./custom";

/**
 * Elements of `yes` where the condition holds, of `no` elsewhere; all three broadcast. No gradient reaches the elements
 * that were not chosen, not even where theirs is infinite.
 * @param condition  bool
 */
export function where<T extends tf.Tensor = tf.Tensor>(
  condition: tf.Tensor,
  yes: tf.Tensor | number,
  no: tf.Tensor | number,
): T {
  const a = typeof yes === "number" ? tf.scalar(yes, dtypeOf(no)) : yes;
  const b = typeof no === "number" ? tf.scalar(no, dtypeOf(yes)) : no;
  if (!isNative()) return tf.where(condition, a, b) as T;
  return withGradient<T>({
    inputs: [yes, no].filter((operand): operand is tf.Tensor => typeof operand !== "number"),
    forward: () => ({ value: rawOp("SelectV2", [condition, a, b])[0], saved: [condition] }),
    backward: (dy, inputs, [kept]) => {
      const branches = [() => where(kept, dy, 0), () => where(kept, 0, dy)];
      const taken = branches.filter((_, i) => typeof [yes, no][i] !== "number");
      return taken.map((branch, i) => sumToShape(branch(), inputs[i].shape));
    },
  });
}

function dtypeOf(x: tf.Tensor | number): "float32" | "int32" | "bool" {
  return typeof x === "number" ? "float32" : (x.dtype as "float32" | "int32" | "bool");
}

/** Replaces tfjs's product with the mask, which turns an infinite gradient of the branch not taken into NaN. */
export const selectGradient: tf.GradConfig = {
  kernelName: "Select",
  inputsToSave: ["condition"],
  gradFunc: (dy, saved) => {
    const [condition] = saved as [tf.Tensor];
    const zeros = tf.zerosLike(dy as tf.Tensor);
    return {
      condition: () => tf.zeros(condition.shape),
      t: () => tf.where(condition, dy as tf.Tensor, zeros),
      e: () => tf.where(condition, zeros, dy as tf.Tensor),
    };
  },
};
