import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { decodeStates, encode } from "../../recsys/generative/t5";
import { splitTargets } from "../../recsys/split";
import { compile, tf } from "../../tensor";
import { assertClose, sampleTensor } from "../../tensor/testing";
import { type AnnotationOptions, annotate } from "./annotation";
import { historyTokens, targetTokens } from "./historyBatches";
import { residualOf, runningStates, type ThinkingModel, targetVectors } from "./states";
import { thinkingModel, thinkingWorld } from "./thinkingTesting";
import { createAnnotator, tokenDiagnostics } from "./traceTable";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const { data, tokens, cases } = thinkingWorld();
const { first, count } = tokens.codeTokens;
const STEPS = 4;
const WINDOW = { windowLength: 3 };
const some = cases.subarray(0, 5);

/** A model whose networks have moved from their start. */
function movedModel(): ThinkingModel {
  const model = thinkingModel(tokens);
  const { state, residual } = model.networks;
  state.contract.weight.assign(sampleTensor([16, 16], 3, -0.4, 0.4));
  residual.contract.weight.assign(sampleTensor([16, 16], 4, -0.4, 0.4));
  return model;
}

function batch(chosen: Int32Array) {
  const rows = (values: Int32Array) =>
    tf.tensor2d(values, [chosen.length, values.length / chosen.length], "int32");
  return {
    inputs: rows(historyTokens(data, chosen, tokens, WINDOW)),
    targets: rows(targetTokens(data, chosen, tokens)),
  };
}

/** The nearest codeword of each row that is not banned, by brute force. */
function nearest(model: ThinkingModel, residuals: number[][], banned: number[][] = []): number[] {
  const table = model.t5.weights.embedding.table.arraySync() as number[][];
  return residuals.map((r, row) => {
    let [best, least] = [-1, Number.POSITIVE_INFINITY];
    for (let token = first; token < first + count; token++) {
      if (banned[row]?.includes(token)) continue;
      const distance = table[token].reduce((sum, value, k) => sum + (value - r[k]) ** 2, 0);
      if (distance < least) [best, least] = [token, distance];
    }
    return best;
  });
}

/** The trace of one case as the definition says, the decoder run anew on the growing prefix. */
function byDefinition(model: ThinkingModel, event: number, options: AnnotationOptions): number[] {
  const { inputs, targets } = batch(Int32Array.of(event));
  const encoded = encode(model.t5, inputs);
  const prefix = [tokens.startThink];
  const own = [...targets.dataSync()];
  for (let i = 1; i <= options.steps; i++) {
    const outputs = decodeStates(model.t5, tf.tensor2d([prefix], [1, i], "int32"), encoded);
    const states = runningStates(model.networks, outputs).slice([0, i - 1, 0], [1, 1, 16]);
    const r = residualOf(
      model.networks,
      targetVectors(model.t5, targets),
      states.reshape<tf.Tensor2D>([1, 16]),
    );
    const banned = [...(options.banTarget ? own : []), ...(options.noRepeat ? prefix : [])];
    prefix.push(nearest(model, r.arraySync(), [banned])[0]);
  }
  return prefix.slice(1);
}

describe("annotation", () => {
  test("without decoder outputs, its first token is the codeword nearest to the target", () => {
    const model = thinkingModel(tokens);
    model.t5.weights.decoder.finalNorm.weight.assign(tf.zeros([16])); // d_j = 0
    const { inputs, targets } = batch(some);
    const { traces, distances } = annotate(model, { inputs, targets }, tokens, { steps: 1 });
    const t = targetVectors(model.t5, targets);
    expect(traces.arraySync().flat()).toEqual(nearest(model, t.arraySync()));
    assertClose(distances.slice([0, 0], [-1, 1]), tf.norm(t, 2, 1, true));
  });

  test.each<AnnotationOptions>([
    { steps: STEPS },
    { steps: STEPS, banTarget: true },
    { steps: STEPS, noRepeat: true },
    { steps: STEPS, banTarget: true, noRepeat: true },
  ])("is its definition, and batched what it is one by one: %o", (options) => {
    const model = movedModel();
    const together = annotate(model, batch(some), tokens, options).traces;
    expect(together.shape).toEqual([5, options.steps]);
    expect(together.arraySync()).toEqual(Array.from(some, (event) => byDefinition(model, event, options)));
    const alone = Array.from(some, (event) =>
      annotate(model, batch(Int32Array.of(event)), tokens, options)
        .traces.arraySync()
        .flat(),
    );
    expect(together.arraySync()).toEqual(alone);
    for (const token of together.dataSync()) {
      expect(token).toBeGreaterThanOrEqual(first);
      expect(token).toBeLessThan(first + count);
    }
  });

  test("of no steps measures where thinking starts", () => {
    const { traces, distances } = annotate(movedModel(), batch(some), tokens, { steps: 0 });
    expect(traces.shape).toEqual([5, 0]);
    expect(distances.shape).toEqual([5, 1]);
  });

  test("leaves out what it is told to", () => {
    const model = thinkingModel(tokens);
    const { inputs, targets } = batch(some);
    const plain = annotate(model, { inputs, targets }, tokens, { steps: STEPS }).traces.arraySync();
    const own = targets.arraySync();
    expect(plain.flat().some((token, at) => own[Math.floor(at / STEPS)].includes(token))).toBe(true);
    const both = { steps: STEPS, banTarget: true, noRepeat: true };
    annotate(model, { inputs, targets }, tokens, both)
      .traces.arraySync()
      .forEach((trace, row) => {
        expect(trace.filter((token) => own[row].includes(token))).toEqual([]);
        expect(new Set(trace).size).toBe(STEPS);
      });
    expect(() => annotate(model, batch(some), tokens, { ...both, steps: 10 })).toThrow(
      /12 tokens can be left out, and there are only 12 codes/,
    );
  });

  test("measures distances and cosines of the states of the teacher-forced pass", () => {
    const model = movedModel();
    const { inputs, targets } = batch(some);
    const found = annotate(model, { inputs, targets }, tokens, { steps: STEPS });
    const read = tf.concat([tf.fill([5, 1], tokens.startThink, "int32"), found.traces], 1) as tf.Tensor2D;
    const states = runningStates(model.networks, decodeStates(model.t5, read, encode(model.t5, inputs)));
    const t = targetVectors(model.t5, targets).expandDims<tf.Tensor3D>(1);
    assertClose(found.distances, tf.norm(states.sub(t), 2, 2), { relative: 1e-4 });
    const dots = states.mul(t).sum(2);
    const expected = dots.div(tf.norm(states, 2, 2).mul(tf.norm(t, 2, 2)));
    assertClose(found.cosines, expected, { absolute: 1e-5 });
  });

  test("has no gradient, and leaves its three results", () => {
    const model = thinkingModel(tokens);
    const { inputs, targets } = batch(some);
    const before = tf.memory().numTensors;
    const found = annotate(model, { inputs, targets }, tokens, { steps: STEPS });
    expect(tf.memory().numTensors).toBe(before + 3);
    tf.dispose(Object.values(found));
    const { table } = model.t5.weights.embedding;
    const gradient = tf.variableGrads(() => {
      const { distances } = annotate(model, { inputs, targets }, tokens, { steps: 1 });
      return distances.sum<tf.Scalar>().add<tf.Scalar>(table.sum());
    }, [table]).grads[table.name];
    assertClose(gradient, tf.onesLike(table));
  });

  test("compiled is the same", () => {
    const model = movedModel();
    const program = compile(
      (inputs: tf.Tensor2D, targets: tf.Tensor2D) =>
        annotate(model, { inputs, targets }, tokens, { steps: STEPS }),
      { xla: false },
    );
    const { inputs, targets } = batch(some);
    const plain = annotate(model, { inputs, targets }, tokens, { steps: STEPS });
    expect(program(inputs, targets).traces.arraySync()).toEqual(plain.traces.arraySync());
    program.dispose();
  });
});

describe("an annotator", () => {
  const options = { ...WINDOW, steps: STEPS };

  test("annotates cases whatever its batches, the same each time, with their diagnostics", () => {
    const model = movedModel();
    const [whole, small] = [64, 7].map((batchSize) =>
      createAnnotator(model, data, tokens, { ...options, batchSize }),
    );
    const table = whole(cases);
    const other = small(cases);
    expect([...other.traces]).toEqual([...table.traces]);
    expect([...whole(cases).traces]).toEqual([...table.traces]);
    const plain = annotate(model, batch(cases), tokens, options);
    expect([...table.traces]).toEqual([...plain.traces.dataSync()]);
    const { diagnostics } = other;
    assertClose([...diagnostics.logDistance], plain.distances.log().mean(0), { relative: 1e-4 });
    assertClose([...diagnostics.cosine], plain.cosines.mean(0), { absolute: 1e-5 });
    const held = tf.memory().numTensors;
    small(cases);
    expect(tf.memory().numTensors).toBe(held);
    whole.dispose();
    small.dispose();
  });

  test("refuses what is held out", () => {
    const annotator = createAnnotator(thinkingModel(tokens), data, tokens, options);
    for (const split of ["validation", "test"] as const) {
      const own = splitTargets(data, split);
      expect(() => annotator(own)).toThrow(`Event ${own[0]} is held out for validation or test`);
    }
    expect(() => annotator(Int32Array.of())).toThrow(/no cases/);
  });

  test("tells degenerate traces", () => {
    const targets = Int32Array.of(1, 5, 9, 2, 6, 10);
    const table = (traces: number[]) => ({
      cases: Int32Array.of(1, 2),
      steps: 3,
      traces: Int32Array.from(traces),
    });
    const same = tokenDiagnostics(table([4, 4, 4, 4, 4, 4]), targets);
    expect([...same.entropy]).toEqual([0, 0, 0]);
    expect(same.repeats).toBeCloseTo(4 / 6, 12);
    expect([...same.targetShare]).toEqual([0, 0, 0]);
    const copied = tokenDiagnostics(table([1, 5, 9, 2, 6, 3]), targets);
    expect([...copied.targetShare]).toEqual([1, 1, 0.5]);
    expect(copied.repeats).toBe(0);
    expect(copied.entropy[0]).toBeCloseTo(Math.log(2), 12);
  });
});
