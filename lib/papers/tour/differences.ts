import { tf } from "../../tensor";

/** How far a finite difference is from the exact derivative. */
export type DifferenceError = {
  /** h */
  readonly step: number;
  readonly method: "forward" | "central";
  /** |difference - derivative| */
  readonly error: number;
};

/**
 * The error of finite differences of a function of one number, in float32, beside tfjs's gradient.
 *
 *     forward: (f(x + h) - f(x)) / h               error about |f''| h / 2  + ε |f| / h
 *     central: (f(x + h) - f(x - h)) / 2h          error about |f'''| h² / 6 + ε |f| / h,   ε = 6e-8
 *
 * @param f      acts on each element of a tensor by itself
 * @param at     x
 * @param steps  the values of h
 */
export function differenceErrors(
  f: (x: tf.Tensor) => tf.Tensor,
  at: number,
  steps: readonly number[],
): DifferenceError[] {
  return tf.tidy(() => {
    const exact = tf.grad(f)(tf.scalar(at)).dataSync()[0];
    // All values in one call: first at x + h, then at x - h, last at x.
    const places = [...steps.map((h) => at + h), ...steps.map((h) => at - h), at];
    const values = f(tf.tensor1d(places)).dataSync();
    const center = values[2 * steps.length];
    return steps.flatMap((step, i): DifferenceError[] => {
      const [above, below] = [values[i], values[steps.length + i]];
      return [
        { step, method: "forward", error: Math.abs((above - center) / step - exact) },
        { step, method: "central", error: Math.abs((above - below) / (2 * step) - exact) },
      ];
    });
  });
}

/** Numbers from 10^low to 10^high at even ratios, both ends included. */
export function logSpace(low: number, high: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => 10 ** (low + ((high - low) * i) / (count - 1)));
}
