import * as tf from "@tensorflow/tfjs";
import { isNative } from "../backend";
import { sizeOf } from "./custom";

/**
 * Einstein summation: `einsum("bij,bjk->bik", a, b)`. Each letter names an axis; letters that are missing from the
 * result are summed over. A letter may occur twice in one operand (its diagonal), and in any number of operands.
 * More than two operands are contracted from the left.
 * @param equation  letters of each operand, separated by commas, then `->` and the letters of the result
 * @throws naming the letter where sizes or subscripts do not fit
 */
export function einsum<T extends tf.Tensor = tf.Tensor>(equation: string, ...operands: tf.Tensor[]): T {
  const { inputs, output } = parse(equation, operands);
  const used = new Set(equation);
  let [left, ...rest] = inputs.flatMap((letters, i) =>
    withoutRepeats({ letters, tensor: operands[i] }, used),
  );
  while (rest.length > 0) {
    const [right, ...later] = rest;
    const needed = new Set([...output, ...later.flatMap(({ letters }) => [...letters])]);
    left = contract(left, right, needed);
    rest = later;
  }
  return reduceTo(left, output) as T;
}

/** A tensor and the letter of each of its axes. */
interface Labelled {
  letters: string;
  tensor: tf.Tensor;
}

function parse(equation: string, operands: readonly tf.Tensor[]): { inputs: string[]; output: string } {
  const fail = (reason: string): never => {
    const shapes = operands.map(({ shape }) => `[${shape}]`).join(", ");
    throw new Error(`einsum "${equation}" of ${shapes}: ${reason}.`);
  };
  const compact = equation.replace(/\s/g, "");
  const match = /^([A-Za-z,]*)->([A-Za-z]*)$/.exec(compact);
  if (!match) return fail("an equation looks like ij,jk->ik");
  const inputs = match[1].split(",");
  const output = match[2];
  if (inputs.length !== operands.length)
    return fail(`it names ${inputs.length} operands, and got ${operands.length}`);
  const sizes = new Map<string, number>();
  inputs.forEach((letters, i) => {
    const { shape } = operands[i];
    if (letters.length !== shape.length)
      fail(`"${letters}" names ${letters.length} axes, operand ${i} has ${shape.length}`);
    [...letters].forEach((letter, axis) => {
      const known = sizes.get(letter);
      if (known !== undefined && known !== shape[axis])
        fail(`axis ${letter} is ${known} long, and ${shape[axis]} in operand ${i}`);
      sizes.set(letter, shape[axis]);
    });
  });
  for (const letter of output) {
    if (!sizes.has(letter)) fail(`axis ${letter} of the result is in no operand`);
    if (output.indexOf(letter) !== output.lastIndexOf(letter))
      fail(`axis ${letter} occurs twice in the result`);
  }
  return { inputs, output };
}

/** A repeated letter is the diagonal: a fresh letter, and an identity matrix that ties it to the first. */
function withoutRepeats({ letters, tensor }: Labelled, used: Set<string>): Labelled[] {
  const identities: Labelled[] = [];
  let distinct = "";
  for (const letter of letters) {
    if (!distinct.includes(letter)) {
      distinct += letter;
      continue;
    }
    const taken = (code: number) => used.has(String.fromCharCode(code));
    let code = FIRST_FRESH_LETTER;
    while (taken(code)) code += 1;
    const fresh = String.fromCharCode(code);
    used.add(fresh);
    identities.push({ letters: letter + fresh, tensor: tf.eye(tensor.shape[letters.indexOf(letter)]) });
    distinct += fresh;
  }
  return [{ letters: distinct, tensor }, ...identities];
}

/** An accented letter: none that an equation can name. */
const FIRST_FRESH_LETTER = "À".charCodeAt(0);

/** Sums what nobody needs any more, then multiplies the two. */
function contract(a: Labelled, b: Labelled, needed: ReadonlySet<string>): Labelled {
  const left = keep(a, (letter) => needed.has(letter) || b.letters.includes(letter));
  const right = keep(b, (letter) => needed.has(letter) || left.letters.includes(letter));
  const shared = [...left.letters].filter((letter) => right.letters.includes(letter));
  const batch = shared.filter((letter) => needed.has(letter)).join("");
  const summed = shared.filter((letter) => !needed.has(letter)).join("");
  const onlyLeft = without(left.letters, shared);
  const onlyRight = without(right.letters, shared);
  const letters = batch + onlyLeft + onlyRight;
  if (isNative() && isPlain(left, right)) {
    const equation = `${left.letters},${right.letters}->${letters}`;
    return { letters, tensor: tf.einsum(equation, left.tensor, right.tensor) };
  }
  const size = (group: string) => sizeOf(sizesOf(left, right, group));
  const rows = arrange(left, batch + onlyLeft + summed, [size(batch), size(onlyLeft), size(summed)]);
  const columns = arrange(right, batch + summed + onlyRight, [size(batch), size(summed), size(onlyRight)]);
  return { letters, tensor: tf.reshape(tf.matMul(rows, columns), sizesOf(left, right, letters)) };
}

/** TensorFlow's op takes ASCII letters only. */
function isPlain(...operands: Labelled[]): boolean {
  return operands.every(({ letters }) => /^[A-Za-z]*$/.test(letters));
}

function reduceTo(x: Labelled, output: string): tf.Tensor {
  const { letters, tensor } = keep(x, (letter) => output.includes(letter));
  return arrange({ letters, tensor }, output);
}

function keep({ letters, tensor }: Labelled, isKept: (letter: string) => boolean): Labelled {
  const axes = [...letters].flatMap((letter, axis) => (isKept(letter) ? [] : [axis]));
  if (axes.length === 0) return { letters, tensor };
  return { letters: [...letters].filter(isKept).join(""), tensor: tf.sum(tensor, axes) };
}

function arrange({ letters, tensor }: Labelled, order: string, shape?: number[]): tf.Tensor {
  const ordered =
    letters === order
      ? tensor
      : tf.transpose(
          tensor,
          [...order].map((letter) => letters.indexOf(letter)),
        );
  return shape ? tf.reshape(ordered, shape) : ordered;
}

function without(letters: string, removed: readonly string[]): string {
  return [...letters].filter((letter) => !removed.includes(letter)).join("");
}

function sizesOf(left: Labelled, right: Labelled, group: string): number[] {
  return [...group].map((letter) => {
    const holder = left.letters.includes(letter) ? left : right;
    return holder.tensor.shape[holder.letters.indexOf(letter)];
  });
}

/** tfjs has none: the gradient of a contraction of two is two contractions. */
export const einsumGradient: tf.GradConfig = {
  kernelName: "Einsum",
  saveAllInputs: true,
  gradFunc: (dy, saved, attributes) => {
    const operands = saved as tf.Tensor[];
    const { inputs, output } = parse(attributes["equation"] as string, operands);
    const gradients = operands.map((operand, i) => () => {
      // Swap the operand and the result; what the operand alone sums over is repeated.
      const others = operands.filter((_, j) => j !== i);
      const subscripts = inputs.filter((_, j) => j !== i);
      const reachable = [...inputs[i]]
        .filter((letter) => `${output}${subscripts.join("")}`.includes(letter))
        .join("");
      const equation = `${[output, ...subscripts].join(",")}->${reachable}`;
      const gradient = einsum(equation, dy as tf.Tensor, ...others);
      if (reachable === inputs[i]) return gradient;
      const kept = operand.shape.map((size, axis) => (reachable.includes(inputs[i][axis]) ? size : 1));
      return tf.tile(
        tf.reshape(gradient, kept),
        operand.shape.map((size, axis) => size / kept[axis]),
      );
    });
    // An op on a list names its inputs by position, as tfjs's own gradient of concat does.
    return gradients as unknown as ReturnType<tf.GradFunc>;
  },
};
