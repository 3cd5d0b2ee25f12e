/**
 * How a family's easy problems are taught to a very small model: with numbers that it has seen often, and a derivation in steps of one operation each, so that no
 * number has to be found in one leap. Problems, answers and traps stay the family's own.
 */
export interface Lesson<P = unknown> {
  /** The name of the family. */
  readonly family: string;
  isSmall(parameters: P): boolean;
  /** Formulas only, `7-3=4`; the last ones hold the answer's numbers. */
  derive(parameters: P): readonly string[];
  readonly shortcut: Shortcut<P>;
}

/** A derivation as somebody writes it who falls into a trap: it ends in the trap's value. */
interface Shortcut<P> {
  /** The trap's name: the first that the family tells of. */
  readonly trap: string;
  derive(parameters: P): readonly string[];
}

/** One step as LaTeX: 7-3=4. */
export function step(a: number, operation: "+" | "-" | "\\cdot ", b: number, result: number): string {
  return `${a}${operation}${b < 0 ? `(${b})` : b}=${result}`;
}
