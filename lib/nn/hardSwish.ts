import { tf } from "../tensor";
import { withGradient } from "../tensor/ops/custom";

/**
 * x min(max(x + 3, 0), 6) / 6, elementwise: SiLU with the sigmoid replaced by three straight pieces.
 * @see A. Howard et al., Searching for MobileNetV3, ICCV 2019, section 5.2
 */
export function hardSwish<T extends tf.Tensor>(x: T): T {
  const gate = (z: tf.Tensor) => tf.relu6(z.add(3)).mul(1 / 6);
  return withGradient<T>({
    inputs: [x],
    forward: () => {
      const g = gate(x);
      return { value: x.mul(g), saved: [g] };
    },
    backward: (dy, [z], [g]) => {
      const sloped = tf.less(z.abs(), 3).toFloat(); // where the gate is neither 0 nor 1
      return [dy.mul(g.add(z.mul(sloped).mul(1 / 6)))];
    },
    composed: ([z]) => z.mul(gate(z)),
  });
}
