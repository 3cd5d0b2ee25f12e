import { expect, test } from "vitest";
import { decode, decodeStates, encode } from "../../recsys/generative/t5";
import { splitTargets } from "../../recsys/split";
import { tf } from "../../tensor";
import { assertClose } from "../../tensor/testing";
import { disposeTree } from "../../tensor/tree";
import { historyTokens, targetTokens } from "./historyBatches";
import { stateOf } from "./states";
import { measureThinking } from "./thinkingMeasures";
import { thinkingModel, thinkingWorld } from "./thinkingTesting";

const { data, tokens } = thinkingWorld({ users: 5 });
const WINDOW = { windowLength: 3 };
const { first, count } = tokens.codeTokens;

/** One case, step by step: the greedy trace, cos(s_i, t), and both likelihoods. */
function slowly(model: ReturnType<typeof thinkingModel>, event: number, steps: number) {
  return tf.tidy(() => {
    const history = historyTokens(data, Int32Array.of(event), tokens, WINDOW);
    const target = [...targetTokens(data, Int32Array.of(event), tokens)];
    const encoded = encode(model.t5, tf.tensor2d(history, [1, history.length], "int32"));
    const row = (read: number[]) => tf.tensor2d([read], [1, read.length], "int32");
    const logProbs = (read: number[]) =>
      (tf.logSoftmax(decode(model.t5, row(read), encoded)).arraySync() as number[][][])[0];
    const read = [tokens.startThink];
    for (let i = 0; i < steps; i++) {
      const codes = logProbs(read)[i].slice(first, first + count);
      read.push(first + codes.indexOf(Math.max(...codes)));
    }
    const likelihood = (prefix: number[]) => {
      const all = logProbs([...prefix, ...target.slice(0, -1)]);
      return target.reduce((sum, token, k) => sum + all[prefix.length - 1 + k][token], 0);
    };
    const table = model.t5.weights.embedding.table.arraySync() as number[][];
    const t = table[0].map((_, k) => target.reduce((sum, token) => sum + table[token][k] / target.length, 0));
    const outputs = (decodeStates(model.t5, row(read), encoded).arraySync() as number[][][])[0];
    const cosines = read.map((_, i) => {
      const sum = t.map((_, k) => outputs.slice(0, i + 1).reduce((all, output) => all + output[k], 0));
      const state = [...stateOf(model.networks, tf.tensor2d([sum])).dataSync()];
      const dot = state.reduce((all, value, k) => all + value * t[k], 0);
      return dot / (Math.hypot(...state) * Math.hypot(...t));
    });
    return {
      traces: read.slice(1),
      cosines,
      thinkingLogLikelihood: likelihood(read),
      directLogLikelihood: likelihood([tokens.startDirect]),
    };
  });
}

test.each([0, 2])(
  "with %i steps it is what a case at a time gives",
  (steps) => {
    const model = thinkingModel(tokens, { layers: 2 });
    const before = tf.memory().numTensors;
    const found = measureThinking(model, data, tokens, "test", { ...WINDOW, steps });
    expect(tf.memory().numTensors).toBe(before);
    const expected = Array.from(splitTargets(data, "test"), (event) => slowly(model, event, steps));
    expect([...found.traces]).toEqual(expected.flatMap(({ traces }) => traces));
    const close = { absolute: 5e-5 };
    assertClose(
      [...found.cosines],
      expected.flatMap(({ cosines }) => cosines),
      close,
    );
    for (const part of ["thinkingLogLikelihood", "directLogLikelihood"] as const)
      assertClose(
        [...found[part]],
        expected.map((each) => each[part]),
        close,
      );
    expect(found.thinkingLogLikelihood[0]).not.toBeCloseTo(found.directLogLikelihood[0], 4); // other start tokens
    disposeTree(model.t5.weights);
    disposeTree(model.networks);
  },
  30_000,
);
