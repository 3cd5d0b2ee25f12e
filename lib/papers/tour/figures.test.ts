import { expect, it } from "vitest";
import { tf } from "../../tensor";
import { decisionFigure, spiralFigure } from "./figures";
import type { Classifier } from "./model";

const data = {
  points: tf.tensor2d([
    [0.5, 0],
    [-0.5, 0.25],
    [1, 1],
  ]),
  labels: tf.tensor1d([0, 1, 0], "int32"),
};

it("shows each arm's points as a series", () => {
  const { data: traces, layout } = spiralFigure(data, { title: "Spirals" });
  expect(traces).toMatchObject([
    { name: "arm 0", x: [0.5, 1], y: [0, 1] },
    { name: "arm 1", x: [-0.5], y: [0.25] },
  ]);
  expect(layout.yaxis).toMatchObject({ scaleanchor: "x" });
});

it("shows the model's probability under the points, the right way up", () => {
  // logit 1 = 3 x + y: it grows to the right, and a little upwards
  const weight = tf.variable(
    tf.tensor2d([
      [0, 3],
      [0, 1],
    ]),
  );
  const model: Classifier = { activation: "relu", layers: [{ weight }] };
  const [surface] = decisionFigure(model, data).data as unknown as {
    x: number[];
    y: number[];
    z: number[][];
  }[];
  const at = (x: number, y: number) => surface.z[surface.y.indexOf(y)][surface.x.indexOf(x)];
  const sigmoid = (logit: number) => 1 / (1 + Math.exp(-logit));
  expect(at(1.2, -1.2)).toBeCloseTo(sigmoid(2.4), 3);
  expect(at(-1.2, 1.2)).toBeCloseTo(sigmoid(-2.4), 3);
  expect(at(1.2, 1.2)).toBeCloseTo(sigmoid(4.8), 3);
});
