import { describe, expect, test } from "vitest";
import { createRandom } from "../../data/random";
import { denseMatrix } from "../../recsys/generative/matrix";
import { reasoningTree } from "../../recsys/generative/reasoningTree";
import { uniqueTokenMap } from "../../recsys/generative/tokenizers/residualKMeans";
import { identifier } from "../../recsys/generative/tokenMap";
import { splitTargets, trainingPrefixes } from "../../recsys/split";
import { tf } from "../../tensor";
import { drawSimilar, pretrainingTargets, similarDraws, similarItems } from "./similarItems";
import { streamTokens } from "./tokens";

const world = reasoningTree({ users: 300 });
const { data, content } = world;
const tokens = streamTokens(uniqueTokenMap(world.codes));
const index = similarItems(content);
const cases = trainingPrefixes(data);
const run = { draws: 2, seed: 1, epoch: 0 };

/** The cosine of two items' content, in float64. */
function cosine(a: number, b: number): number {
  const [x, y] = [a, b].map((id) => [...content.values.subarray((id - 1) * 32, id * 32)]);
  const dot = (u: number[], v: number[]) => u.reduce((sum, value, k) => sum + value * v[k], 0);
  return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
}

describe("the index", () => {
  test("has the 20 items of largest cosine, best first, against brute force", () => {
    for (const id of [1, 100, 384]) {
      const others = Array.from({ length: 384 }, (_, item) => item + 1).filter((item) => item !== id);
      const best = others.sort((a, b) => cosine(id, b) - cosine(id, a)).slice(0, 20);
      expect([...index.neighbours.subarray(id * 20, id * 20 + 20)]).toEqual(best);
      best.forEach((other, k) => {
        expect(index.cosines[id * 20 + k]).toBeCloseTo(cosine(id, other), 5);
      });
    }
    expect([...index.neighbours.subarray(0, 20)]).toEqual(new Array(20).fill(0));
  });

  test("keeps no tensor, and takes any content: rows of zeros are like nothing", () => {
    const before = tf.memory().numTensors;
    const { neighbours, cosines } = similarItems(denseMatrix(3, 2, Float32Array.of(1, 0, 2, 0, 0, 0)), 1);
    expect(tf.memory().numTensors).toBe(before);
    expect([...neighbours]).toEqual([0, 2, 1, 1]);
    expect([...cosines].map((x) => Math.round(x * 1e6) / 1e6)).toEqual([0, 1, 1, 0]);
    expect(() => similarItems(content, 384)).toThrow("384 neighbours of 384 items: choose 1 to 383");
  });
});

describe("draws", () => {
  const held = (user: number) => data.itemIds.subarray(data.offsets[user + 1] - 2, data.offsets[user + 1]);

  test("are neighbours, never the target nor what the user is asked about later, the least similar first", () => {
    let close = 0;
    for (const event of cases) {
      const [target, user] = [data.itemIds[event], data.eventUsers[event]];
      const drawn = [...drawSimilar(index, data, event, 5, createRandom(1, event))];
      const near = [...index.neighbours.subarray(target * 20, target * 20 + 20)];
      const places = drawn.map((item) => near.indexOf(item));
      const right =
        places.every((place, k) => place >= 0 && (k === 0 || place < places[k - 1])) &&
        !drawn.includes(target) &&
        !drawn.some((item) => held(user).includes(item));
      if (!right) throw new Error(`Event ${event}: target ${target}, drawn ${drawn}.`);
      if (near.some((item) => held(user).includes(item))) close++;
    }
    expect(close).toBeGreaterThan(20); // there was something to leave out
  });

  test("are even over the neighbours", () => {
    const event = cases[0];
    const counts = new Map<number, number>();
    for (let k = 0; k < 4000; k++) {
      for (const item of drawSimilar(index, data, event, 2, createRandom(7, k)))
        counts.set(item, (counts.get(item) ?? 0) + 1);
    }
    const chance = 2 / counts.size;
    expect(counts.size).toBeGreaterThanOrEqual(18);
    for (const count of counts.values())
      expect(Math.abs(count / 4000 - chance)).toBeLessThan(4 * Math.sqrt((chance * (1 - chance)) / 4000));
  });

  test("need enough neighbours", () => {
    expect(() => drawSimilar(index, data, cases[0], 21, createRandom(1))).toThrow("take more neighbours");
  });

  test("are about as many tokens as steps of thinking, one item at least", () => {
    expect([similarDraws(4, 3), similarDraws(6, 4), similarDraws(1, 4), similarDraws(8, 4)]).toEqual([
      1, 2, 1, 2,
    ]);
  });
});

describe("targets of stage 1", () => {
  const targets = pretrainingTargets(data, cases, tokens, index, run);
  const { labels, inputs, mask, length, size } = targets;

  test("are the tokens of similar items and of the target; a quarter are the target's alone", () => {
    let direct = 0;
    for (let row = 0; row < size; row++) {
      const at = row * length;
      const answer = identifier(tokens.map, data.itemIds[cases[row]]).join();
      const alone = inputs[at] === tokens.startDirect;
      if (alone) direct++;
      const written = alone ? 3 : 9;
      const own = [
        labels.subarray(at + written - 3, at + written).join(),
        mask.subarray(at, at + 9).indexOf(0),
      ];
      if (own[0] !== answer || own[1] !== (alone ? 3 : -1)) throw new Error(`Row ${row}: ${own}.`);
    }
    expect(length).toBe(9);
    expect(Math.abs(direct / size - 0.25)).toBeLessThan(4 * Math.sqrt((0.25 * 0.75) / size));
    const all = pretrainingTargets(data, cases, tokens, index, { ...run, directShare: 0 });
    expect(all.mask.every((weight) => weight === 1)).toBe(true);
  });

  test("are drawn anew every epoch, and the same for a seed, whatever the batch", () => {
    expect(pretrainingTargets(data, cases, tokens, index, run)).toEqual(targets);
    expect(pretrainingTargets(data, cases, tokens, index, { ...run, epoch: 1 }).labels).not.toEqual(labels);
    const part = pretrainingTargets(data, cases.subarray(5, 8), tokens, index, run);
    expect([...part.labels]).toEqual([...labels.subarray(5 * length, 8 * length)]);
  });

  test("are never those of held-out events", () => {
    for (const split of ["validation", "test"] as const) {
      const held = splitTargets(data, split);
      expect(() => pretrainingTargets(data, held, tokens, index, run)).toThrow(
        "held out for validation or test",
      );
    }
  });
});
