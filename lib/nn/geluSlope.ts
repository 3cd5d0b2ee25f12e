import { tf } from "../tensor";
import { withGradient } from "../tensor/ops/custom";

/** Cubic coefficient of the approximation, and the factor √(2/π) doubled: gelu(x) = x σ(u(x)) with u = FACTOR (x + CUBIC x³). */
const CUBIC = 0.044715;
const FACTOR = 2 * Math.sqrt(2 / Math.PI);

/**
 * The derivative of `gelu` in its tanh approximation, with a gradient of its own: for gradients in closed form that are
 * differentiated again.
 */
export function geluSlope(x: tf.Tensor): tf.Tensor {
  return withGradient({
    inputs: [x],
    forward: () => {
      const { s, bend, du } = parts(x);
      return { value: s.add(x.mul(bend).mul(du)), saved: [s, bend, du] }; // s + x s'
    },
    backward: (dy, [z], [s, bend, du]) => {
      // 2 s' + x s'', with s' = s (1 - s) u' and s'' = s (1 - s) ((1 - 2s) u'² + u''), u'' = 6 FACTOR CUBIC x
      const curve = tf
        .sub(1, s.mul(2))
        .mul(du.square())
        .add(z.mul(6 * FACTOR * CUBIC));
      return [dy.mul(bend).mul(du.mul(2).add(z.mul(curve)))];
    },
    composed: ([z]) => {
      const { s, bend, du } = parts(z);
      return s.add(z.mul(bend).mul(du));
    },
  });
}

/** s = σ(u), s (1 - s) and u'. */
function parts(x: tf.Tensor) {
  const square = x.square();
  const s = tf.sigmoid(x.mul(square.mul(FACTOR * CUBIC).add(FACTOR)));
  return { s, bend: s.mul(tf.sub(1, s)), du: square.mul(3 * FACTOR * CUBIC).add(FACTOR) };
}
