import { expect, it } from "vitest";
import { tf } from "../../tensor";
import * as Rng from "../../tensor/rng";
import { spirals } from "./spirals";

const draw = (seed: number, noise: number, count = 50) =>
  spirals({ count, turns: 1.5, noise }, Rng.key(seed));

it("the arms alternate, and each is the other turned by half a circle", () => {
  const { points, labels } = draw(1, 0);
  expect(points.shape).toEqual([50, 2]);
  expect(Array.from(labels.dataSync()).slice(0, 4)).toEqual([0, 1, 0, 1]);
  const turned = points.arraySync().map(([x, y], i) => {
    const radius = Math.hypot(x, y);
    expect(radius).toBeLessThanOrEqual(1);
    const angle = 2 * Math.PI * 1.5 * radius + Math.PI * (i % 2); // the equation, from the radius
    return [radius * Math.cos(angle) - x, radius * Math.sin(angle) - y];
  });
  for (const difference of turned.flat()) expect(Math.abs(difference)).toBeLessThan(1e-5);
});

it("equal keys draw equal points, others others; noise has its deviation", () => {
  expect(draw(1, 0.1).points.arraySync()).toEqual(draw(1, 0.1).points.arraySync());
  expect(draw(1, 0.1).points.arraySync()).not.toEqual(draw(2, 0.1).points.arraySync());
  const difference = draw(3, 0.1, 4000).points.sub(draw(3, 0, 4000).points);
  const deviation = tf.moments(difference).variance.sqrt().dataSync()[0];
  expect(deviation).toBeGreaterThan(0.095);
  expect(deviation).toBeLessThan(0.105);
});

it("refuses what is no number of points", () => {
  expect(() => draw(1, 0, 1.5)).toThrow("count must be a whole number of at least 2; got 1.5");
});
