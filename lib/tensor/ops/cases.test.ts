import { describe, expect, it } from "vitest";
import { tf } from "..";
import { checkGradient, checkValue, gradientsOf, inputsOf } from "./caseChecks";
import { opCases } from "./cases";
import { Dense } from "./reference";

describe.each(opCases.map((operation) => [operation.name, operation] as const))("%s", (_, operation) => {
  it("is what its definition says", () => checkValue(operation));

  if (operation.differentiable !== false) {
    it("has the gradient of its definition", () => checkGradient(operation));
  }

  it("leaves no tensor behind", () => {
    const before = tf.memory().numTensors;
    tf.tidy(() => {
      const inputs = inputsOf(operation);
      if (operation.differentiable !== false) gradientsOf(operation, inputs);
      else operation.run(...inputs);
    });
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe("the checks themselves", () => {
  const square = {
    name: "square",
    inputs: [{ shape: [3] }],
    run: (x: tf.Tensor) => tf.square(x),
    reference: (x: Dense) => x.map((z) => z * z),
  };

  it("accept a right op", () => {
    checkValue(square);
    checkGradient(square);
  });

  it("refuse a wrong value, shape and gradient", () => {
    expect(() => checkValue({ ...square, run: (x) => tf.mul(tf.square(x), 1.001) })).toThrow(
      /square: element/,
    );
    expect(() => checkValue({ ...square, run: (x) => tf.reshape(x, [3, 1]) })).toThrow(
      /the shape is \[3,1\]/,
    );
    const wrong = {
      ...square,
      reference: (x: Dense) =>
        new Dense(
          x.shape,
          x.data.map((z) => 1.01 * z * z),
        ),
    };
    expect(() => checkGradient(wrong)).toThrow(/square, gradient of input 0/);
  });
});
