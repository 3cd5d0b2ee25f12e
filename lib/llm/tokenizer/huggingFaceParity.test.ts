import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { fileSource, openGguf } from "../files";
import { numbers, texts } from "../files/ggufMetadata";
import { ggufTokenizer } from "./ggufTokenizer";
import { hfTokenizer } from "./hfTokenizer";
import type { Tokenizer } from "./tokenizer";

/** What huggingFaceTokenizers.py writes, for each family of pre-tokenizers. */
interface Family {
  readonly family: string;
  readonly tokenizer: unknown;
  readonly cases: readonly Case[];
}

interface Case {
  readonly text: string;
  /** With the added tokens parsed. */
  readonly ids: readonly number[];
  /** Of each token its start and end, in code points. */
  readonly offsets: readonly number[];
  /** Without added tokens. */
  readonly plain: readonly number[];
  /** Without control tokens. */
  readonly decoded: string;
}

const SCRIPT = path.join(__dirname, "huggingFaceTokenizers.py");
const PYTHON = process.env.REPRISE_TORCH_PYTHON;
const SMOLLM2 = process.env.REPRISE_SMOLLM2;
const [SEED, TEXTS] = ["2", "10000"];
const MOST_BYTES = 1 << 28;
/** On a busy machine. */
const MOST_MILLISECONDS = 300_000;

const fixture = JSON.parse(
  readFileSync(path.join(__dirname, "huggingFaceTokenizers.json"), "utf8"),
) as Family[];

/** The offsets in code units. */
function inCodeUnits({ text, offsets }: Case): number[] {
  const units = [0];
  for (const character of text) units.push(units[units.length - 1] + character.length);
  return offsets.map((offset) => units[offset]);
}

/** What of a case is otherwise here. */
function differences(tokenizer: Tokenizer, expected: Case, isNormalized: boolean): string[] {
  const { text } = expected;
  const { ids, starts, ends } = tokenizer.encodeWithOffsets(text, { special: true });
  const offsets = Array.from(ids).flatMap((_, i) => [starts[i], ends[i]]);
  const wanted = inCodeUnits(expected);
  // Of characters that are composed, theirs is only the first: ours has the marks too, and so must contain it.
  const isWithin = isNormalized && text.normalize("NFC") !== text;
  const agree = isWithin
    ? wanted.every((offset, i) => (i % 2 === 0 ? offsets[i] <= offset : offsets[i] >= offset))
    : String(offsets) === String(wanted);
  const checks = {
    ids: String(ids) === String(expected.ids),
    encode: String(tokenizer.encode(text, { special: true })) === String(expected.ids),
    plain: String(tokenizer.encode(text)) === String(expected.plain),
    offsets: agree && offsets.length === wanted.length,
    decoded: tokenizer.decode(ids) === expected.decoded,
  };
  return Object.entries(checks).flatMap(([name, same]) =>
    same ? [] : [`${name} of ${JSON.stringify(text)}`],
  );
}

function compare({ family, cases }: Family, tokenizer: Tokenizer): void {
  expect(cases.flatMap((one) => differences(tokenizer, one, family === "qwen2")).slice(0, 20)).toEqual([]);
}

/** The script's answer for another seed and many texts. */
function run(...more: string[]): Family[] {
  const output = execFileSync(PYTHON!, [SCRIPT, SEED, TEXTS, ...more], {
    encoding: "utf8",
    maxBuffer: MOST_BYTES,
  });
  return JSON.parse(output) as Family[];
}

function hasTokenizers(): boolean {
  if (PYTHON === undefined) return false;
  const probe = "import importlib.util as u; print(u.find_spec('tokenizers') is not None)";
  return execFileSync(PYTHON, ["-c", probe], { encoding: "utf8" }).trim() === "True";
}
const installed = hasTokenizers();

describe("ids, places and texts are those of Hugging Face's tokenizers", () => {
  test.each(fixture.map((one) => [one.family, one] as const))("%s", (_, one) =>
    compare(one, hfTokenizer(one.tokenizer)),
  );

  test("the cases reach what they are for", () => {
    expect(fixture.map(({ family }) => family)).toEqual(["gpt2", "smollm", "qwen2", "llama-bpe"]);
    for (const { cases } of fixture) {
      expect(cases.length).toBeGreaterThan(40);
      expect(cases.some(({ ids, plain }) => String(ids) !== String(plain))).toBe(true);
      expect(cases.some(({ text }) => text.normalize("NFC") !== text)).toBe(true);
    }
    const [gpt2, smollm, qwen2, llama] = fixture.map(({ cases }) => cases.map(({ plain }) => String(plain)));
    expect(smollm).not.toEqual(gpt2);
    expect(llama).not.toEqual(qwen2);
  });
});

describe.runIf(installed)("the tokenizers that are installed", () => {
  test(
    `answer ${TEXTS} other texts a family as ours`,
    () => {
      for (const one of run()) compare(one, hfTokenizer(one.tokenizer));
    },
    MOST_MILLISECONDS,
  );
});

describe.runIf(installed && SMOLLM2 !== undefined)("SmolLM2's own vocabulary", () => {
  test(
    `makes the same of ${TEXTS} texts`,
    () => {
      const gguf = openGguf(fileSource(SMOLLM2!));
      const folder = mkdtempSync(path.join(os.tmpdir(), "reprise-tokenizer-"));
      try {
        const tokens = texts(gguf, "tokenizer.ggml.tokens");
        const types = numbers(gguf, "tokenizer.ggml.token_type");
        const vocabulary = {
          tokens,
          merges: texts(gguf, "tokenizer.ggml.merges"),
          special: tokens.filter((_, id) => types[id] === 3),
          family: "smollm",
        };
        const file = path.join(folder, "vocabulary.json");
        writeFileSync(file, JSON.stringify(vocabulary));
        const tokenizer = ggufTokenizer(gguf);
        for (const one of run(file)) compare(one, tokenizer);
      } finally {
        rmSync(folder, { recursive: true });
        gguf.source.close();
      }
    },
    MOST_MILLISECONDS,
  );
});
