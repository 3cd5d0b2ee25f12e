import { afterEach, beforeEach, expect, test } from "vitest";
import { decode, decodeStates, encode, shiftRight } from "../../recsys/generative/t5";
import { tokenLogProbs } from "../../rl";
import { compile, tf } from "../../tensor";
import { assertClose, sampleTensor } from "../../tensor/testing";
import { historyTokens } from "./historyBatches";
import { answerLogProbs } from "./likelihoods";
import { type OutputBatch, scoreOutputs } from "./outputScores";
import { runningStates, targetVectors } from "./states";
import { thinkingModel, thinkingWorld } from "./thinkingTesting";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const { data, tokens, cases } = thinkingWorld();
const [B, G, l, m, C] = [2, 2, 2, 3, 3];
const anyTokens = (shape: number[], seed: number) =>
  sampleTensor(shape, seed, 1, tokens.size).floor().toInt();

function batch(steps: number, candidates: number): OutputBatch {
  const inputs = historyTokens(data, cases.subarray(0, B), tokens, { windowLength: 3 });
  return {
    inputs: tf.tensor2d(inputs, [B, inputs.length / B], "int32"),
    outputs: anyTokens([B, G, steps + m], 1) as tf.Tensor3D,
    candidates:
      candidates === 0 ? tf.zeros([B, 0, m], "int32") : (anyTokens([B, candidates, m], 2) as tf.Tensor3D),
    targets: anyTokens([B, m], 3) as tf.Tensor2D,
  };
}

const model = thinkingModel(tokens, { layers: 2 });
{
  // So that the state is not the plain sum.
  const { weight } = model.networks.state.contract;
  tf.tidy(() => weight.assign(sampleTensor(weight.shape, 9)));
}

test.each([l, 0])("the shared cache gives what teacher forcing gives, l = %d", (steps) => {
  const own = batch(steps, C);
  const scores = compile((values: OutputBatch) => scoreOutputs(model, values, tokens.startThink), {
    xla: false,
  })(own);
  for (let b = 0; b < B; b++) {
    const encoded = encode(model.t5, own.inputs.slice([b, 0], [1, -1]));
    for (let g = 0; g < G; g++) {
      const output = own.outputs.slice([b, g, 0], [1, 1, -1]).reshape<tf.Tensor2D>([1, steps + m]);
      const forced = decode(model.t5, shiftRight(output, tokens.startThink), encoded);
      const ours = scores.logProbs.slice([b, g, 0], [1, 1, -1]).reshape([1, steps + m]);
      assertClose(ours, tokenLogProbs(forced, output), { absolute: 1e-5 }, "log π");
      const prefix = shiftRight(output, tokens.startThink).slice<tf.Tensor2D>([0, 0], [1, steps + 1]);
      const states = runningStates(model.networks, decodeStates(model.t5, prefix, encoded));
      assertClose(
        scores.states.slice([b, g, 0], [1, 1, -1]),
        states.slice([0, steps, 0], [1, 1, -1]),
        { absolute: 1e-5 },
        "s_l",
      );
      for (let c = 0; c < C; c++) {
        const answer = own.candidates.slice([b, c, 0], [1, 1, -1]).reshape<tf.Tensor2D>([1, m]);
        const expected = answerLogProbs(model.t5, encoded, prefix, answer);
        assertClose(scores.candidates.slice([b, g, c], [1, 1, 1]).reshape([1]), expected, { absolute: 1e-5 });
      }
    }
  }
  assertClose(scores.targets, targetVectors(model.t5, own.targets));
});

test("without candidates only the outputs are scored", () => {
  const scores = scoreOutputs(model, batch(l, 0), tokens.startThink);
  expect(scores.candidates.shape).toEqual([B, G, 0]);
  assertClose(scores.logProbs, scoreOutputs(model, batch(l, C), tokens.startThink).logProbs, {
    absolute: 1e-5,
  });
});
