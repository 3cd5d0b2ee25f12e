import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { tf } from "../../tensor";
import { assertClose } from "../../tensor/testing";
import { decoder } from "./decoder";
import { run } from "./forward";
import { huggingFaceConfig } from "./huggingFaceConfig";
import { tokenRows } from "./testing";
import { huggingFaceWeights, type LanguageModel, type ReadWeight } from "./weights";

/** What tinyModels.py writes of a model: its configuration, and the answers of Hugging Face's implementation. */
interface Case {
  readonly config: Readonly<Record<string, unknown>>;
  /** Of the weights, in the order of the formula's index. */
  readonly names: readonly string[];
  /** [B, T] */
  readonly tokens: number[][];
  /** [B, T, V] */
  readonly logits: number[][][];
  /** [B, T, D], of layer 1 */
  readonly residPre: number[][][];
  /** [B, H, T, T], of layer 1 */
  readonly pattern: number[][][][];
}

/** Stored numbers have six decimals. */
const TOLERANCE = { absolute: 1e-5, relative: 1e-5 };
const SCRIPT = path.join(__dirname, "tinyModels.py");
const PYTHON = process.env.REPRISE_TORCH_PYTHON;
const OTHER_SEED = "2";
/** To start PyTorch on a busy machine. */
const MOST_MILLISECONDS = 180_000;

const fixture = JSON.parse(readFileSync(path.join(__dirname, "tinyModels.json"), "utf8")) as Record<
  string,
  Case
>;

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

/** Numbers in [-1, 1) that look random, another list for each index: the script's formula. */
function numbers(count: number, index: number): number[] {
  return Array.from({ length: count }, (_, i) => {
    const wave = Math.sin((i + 1) * 12.9898 + index * 78.233) * 43758.5453;
    return 2 * (wave - Math.floor(wave)) - 1;
  });
}

function modelOf({ config: json, names }: Case): LanguageModel {
  const config = huggingFaceConfig(json);
  const read: ReadWeight = (name) => {
    const index = names.indexOf(name);
    if (index < 0) throw new Error(`there is no weight ${name}.`);
    const shape = shapeOf(name, config);
    const values = numbers(
      shape.reduce((a, b) => a * b),
      index,
    );
    const scaled = name.includes("norm")
      ? values.map((value) => 1 + 0.5 * value)
      : values.map((value) => (shape.length === 1 ? 0.5 * value : (value * 2) / Math.sqrt(shape[1])));
    return { shape, values: Float32Array.from(scaled) };
  };
  return { config, weights: huggingFaceWeights(config, read) };
}

function shapeOf(name: string, config: LanguageModel["config"]): number[] {
  const { width, inner, vocabulary, heads, kvHeads, headWidth } = config;
  if (name.includes("norm")) return [width];
  if (name.includes("embed_tokens") || name.includes("lm_head")) return [vocabulary, width];
  if (name.includes("o_proj")) return [width, heads * headWidth];
  if (name.includes("down_proj")) return [width, inner];
  if (name.includes("mlp")) return [inner, width];
  const rows = (name.includes("q_proj") ? heads : kvHeads) * headWidth;
  return name.endsWith("bias") ? [rows] : [rows, width];
}

function compare(expected: Case): void {
  const model = modelOf(expected);
  const { logits, cache } = run(model, tokenRows(expected.tokens), { cacheNames: ["resid_pre", "pattern"] });
  assertClose(logits, expected.logits, TOLERANCE, "logits");
  assertClose(cache.resid_pre![1], expected.residPre, TOLERANCE, "resid_pre");
  assertClose(cache.pattern![1], expected.pattern, TOLERANCE, "pattern");
  const compiled = decoder(model);
  const last = compiled.prefill(expected.tokens).logits;
  assertClose(
    last,
    expected.logits.map((row) => row[row.length - 1]),
    TOLERANCE,
    "last logits, compiled",
  );
  compiled.dispose();
}

describe("activations are those of Hugging Face's transformers", () => {
  test.each(Object.entries(fixture))("%s", (_, expected) => compare(expected));

  test("the cases differ in what they test", () => {
    const cases = Object.values(fixture).map(modelOf);
    const has = (of: (model: LanguageModel) => boolean) => expect(cases.map(of)).toContain(true);
    has(({ config }) => config.qkvBias);
    has(({ config }) => config.tied);
    has(({ config }) => !config.tied);
    has(({ config }) => config.kvHeads === 1);
    has(({ config }) => config.heads * config.headWidth !== config.width);
    // All three parts of the scaling: kept, blended, and divided in full.
    const [factors] = cases.flatMap(({ config }) => (config.ropeBase === 10 ? [config.ropeFactors!] : []));
    expect(factors[0]).toBe(1);
    expect(factors[3]).toBe(8);
    expect(factors.filter((factor) => factor > 1 && factor < 8).length).toBe(2);
  });
});

/** Whether that Python has transformers, not just PyTorch. */
function hasTransformers(): boolean {
  if (PYTHON === undefined) return false;
  const probe = "import importlib.util as u; print(u.find_spec('transformers') is not None)";
  return execFileSync(PYTHON, ["-c", probe], { encoding: "utf8" }).trim() === "True";
}

describe.runIf(hasTransformers())("the transformers that are installed", () => {
  test(
    "answer other tokens as ours",
    () => {
      const output = execFileSync(PYTHON!, [SCRIPT, OTHER_SEED], { encoding: "utf8" });
      const cases = JSON.parse(output) as Record<string, Case>;
      expect(Object.values(cases)[0].tokens).not.toEqual(Object.values(fixture)[0].tokens);
      for (const expected of Object.values(cases)) compare(expected);
    },
    MOST_MILLISECONDS,
  );
});
