import { describe, expect, it } from "vitest";
import { compile, tf } from ".";
import { inputsOf } from "./ops/caseChecks";
import { type OpCase, opCases } from "./ops/cases";
import { compositions } from "./ops/compositions";
import { assertClose, checkGradients, weightedSum } from "./testing";

interface Program extends Pick<OpCase, "name" | "inputs" | "run" | "differentiable"> {}

const programs: readonly Program[] = [...opCases, ...compositions];

/** How many programs are compiled as one function: XLA takes as long for one as for ten. */
const GROUP = 12;
const groups = Array.from({ length: Math.ceil(programs.length / GROUP) }, (_, i) =>
  programs.slice(i * GROUP, (i + 1) * GROUP),
);

/** The value, and the gradient of every input. */
function evaluate({ run, differentiable }: Program, inputs: tf.Tensor[]): tf.Tensor[] {
  if (differentiable === false) return [run(...inputs)];
  return [run(...inputs), ...tf.grads((...xs: tf.Tensor[]) => weightedSum(run(...xs)))(inputs)];
}

describe.each(groups.map((group) => [group.map(({ name }) => name).join("; "), group] as const))(
  "%s",
  (_, group) => {
    const evaluateAll = (inputs: tf.Tensor[][]) => group.map((program, i) => evaluate(program, inputs[i]));

    it.each([
      ["a plain graph", false],
      ["XLA", true],
    ] as const)("give op by op what they give in %s, gradients too", (mode, xla) => {
      tf.tidy(() => {
        const inputs = group.map(inputsOf);
        const compiled = compile(evaluateAll, { name: mode, xla });
        const results = compiled(inputs);
        compiled.dispose();
        const eager = evaluateAll(inputs);
        eager.forEach((tensors, which) => {
          tensors.forEach((expected, i) => {
            const found = results[which][i];
            const what = `${group[which].name}, ${i === 0 ? "value" : `gradient ${i - 1}`}`;
            expect(found.dtype, what).toBe(expected.dtype);
            assertClose(found, expected, { relative: 1e-5, absolute: 2e-6 }, what);
          });
        });
      });
    });
  },
);

describe.each(compositions.map((program) => [program.name, program] as const))("%s", (_, program) => {
  it("has the gradient that finite differences give", () => {
    tf.tidy(() => checkGradients(program.run, inputsOf(program)));
  });
});
