import { afterEach, beforeEach, expect, test } from "vitest";
import { adam } from "../optim";
import { compile, Rng, tf } from "../tensor";
import { groupAdvantages, policyLoss, tokenLogProbs } from ".";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const [G, T, V] = [8, 2, 4];
const WANTED = [2, 1];
const UPDATES = 200;

/**
 * One prompt, a policy that is a table of logits [T, V], rewards from a rule.
 * @returns the probability of the wanted string after all updates
 */
function train(reward: (tokens: readonly number[]) => number): number {
  const logits = tf.variable(tf.zeros<tf.Rank.R3>([1, T, V]));
  const optimizer = adam({ logits }, { learningRate: 0.1 });
  const everyOutput = () => tf.tile(logits, [G, 1, 1]) as tf.Tensor3D;
  const sample = compile((key: tf.Tensor1D) => Rng.categorical<tf.Tensor2D>(key, everyOutput()), {
    xla: false,
  });
  const update = compile(
    (tokens: tf.Tensor2D, advantages: tf.Tensor1D) =>
      optimizer.step(() => {
        const logProbs = tokenLogProbs(everyOutput(), tokens);
        const batch = { logProbs, oldLogProbs: logProbs, advantages };
        return policyLoss(batch, { epsilon: 0.2, average: "sequence" }).loss;
      }),
    { xla: false },
  );
  const key = Rng.key(1);
  for (let step = 0; step < UPDATES; step++) {
    tf.tidy(() => {
      const tokens = sample(Rng.foldIn(key, step));
      const rewards = tokens.arraySync().map(reward);
      update(tokens, tf.tensor1d(Float32Array.from(groupAdvantages(rewards, G))));
    });
  }
  sample.dispose();
  update.dispose();
  const wanted = tf.tensor2d([WANTED], [1, T], "int32");
  return Math.exp(
    tokenLogProbs(logits as unknown as tf.Tensor3D, wanted)
      .sum()
      .dataSync()[0],
  );
}

test("a bandit: one prompt, four tokens, a reward for one string", () => {
  expect(train((tokens) => (tokens.join() === WANTED.join() ? 1 : 0))).toBeGreaterThan(0.95);
});

test("without a reward nothing is learnt", () => {
  expect(train(() => 1)).toBeCloseTo(1 / V ** T, 6);
});
