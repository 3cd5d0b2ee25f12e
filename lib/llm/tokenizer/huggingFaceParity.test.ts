import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { fileSource, openGguf } from "../files";
import { numbers, texts } from "../files/ggufMetadata";
import { BYTE_CHARACTERS } from "./byteAlphabet";
import { ggufTokenizer } from "./ggufTokenizer";
import { hfTokenizer } from "./hfTokenizer";
import { type PreTokenizerName, preTokenizer, splitPieces } from "./preTokenizers";
import type { Tokenizer } from "./tokenizer";

/** What huggingFaceTokenizers.py writes, for each family of pre-tokenizers. */
interface Family {
  readonly family: PreTokenizerName;
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

/**
 * Where a vocabulary has no token for a byte of a text, theirs and ours leave it out, and the places that they then tell are other ones. Theirs write the piece in the
 * byte alphabet, whose characters have one or two bytes, and give the tokens' lengths there to the piece from its beginning, what was left out included: behind it
 * they lie before the characters that the tokens stand for. Ours are those characters.
 */
function placesWithMissingBytes(
  tokenizer: Tokenizer,
  family: PreTokenizerName,
  text: string,
): { ours: number[]; theirs: number[] } {
  const [ours, theirs]: number[][] = [[], []];
  const isMissing = (byte: number) => tokenizer.missingBytes.includes(byte);
  let base = 0;
  for (const [i, part] of splitAtSpecial(tokenizer, text).entries()) {
    if (i % 2 === 1) for (const places of [ours, theirs]) places.push(base, base + part.length);
    else {
      let from = base;
      for (const piece of splitPieces(preTokenizer(family), part)) {
        // Of each byte of the piece its character's first code unit and one past its last.
        const bytes = [...piece].flatMap((character, k, all) => {
          const start = from + all.slice(0, k).join("").length;
          return [...Buffer.from(character)].map((byte) => ({ byte, start, end: start + character.length }));
        });
        const present = bytes.filter(({ byte }) => !isMissing(byte));
        const written = bytes.flatMap((place) => Array<typeof place>(writtenBytes(place.byte)).fill(place));
        let [at, writtenAt] = [0, 0];
        for (const id of tokenizer.encode(piece)) {
          const token = [...tokenizer.tokenBytes(id)];
          const [next, writtenNext] = [at + token.length, writtenAt + sum(token.map(writtenBytes))];
          ours.push(present[at].start, present[next - 1].end);
          theirs.push(written[writtenAt].start, written[writtenNext - 1].end);
          [at, writtenAt] = [next, writtenNext];
        }
        from += piece.length;
      }
    }
    base += part.length;
  }
  return { ours, theirs };
}

const writtenBytes = (byte: number) => Buffer.byteLength(BYTE_CHARACTERS[byte]);
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** Text and special tokens in turn. */
function splitAtSpecial({ special }: Tokenizer, text: string): string[] {
  const longestFirst = [...special.keys()].sort((a, b) => b.length - a.length);
  const literal = (token: string) => token.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  return text.split(new RegExp(`(${longestFirst.map(literal).join("|")})`));
}

/** What of a case is otherwise here. */
function differences(tokenizer: Tokenizer, expected: Case, family: PreTokenizerName): string[] {
  const { text } = expected;
  const { ids, starts, ends } = tokenizer.encodeWithOffsets(text, { special: true });
  const offsets = Array.from(ids).flatMap((_, i) => [starts[i], ends[i]]);
  const wanted = inCodeUnits(expected);
  const checks = {
    ids: String(ids) === String(expected.ids),
    encode: String(tokenizer.encode(text, { special: true })) === String(expected.ids),
    plain: String(tokenizer.encode(text)) === String(expected.plain),
    offsets: offsets.length === wanted.length && agree(tokenizer, family, text, offsets, wanted),
    decoded: tokenizer.decode(ids) === expected.decoded,
  };
  return Object.entries(checks).flatMap(([name, same]) =>
    same ? [] : [`${name} of ${JSON.stringify(text)}`],
  );
}

function agree(
  tokenizer: Tokenizer,
  family: PreTokenizerName,
  text: string,
  offsets: readonly number[],
  wanted: readonly number[],
): boolean {
  const bytes = new Set(Buffer.from(text));
  if (tokenizer.missingBytes.some((byte) => bytes.has(byte))) {
    const { ours, theirs } = placesWithMissingBytes(tokenizer, family, text);
    return String(offsets) === String(ours) && String(wanted) === String(theirs);
  }
  // Of characters that are composed, theirs is only the first: ours has the marks too, and so must contain it.
  if (family === "qwen2" && text.normalize("NFC") !== text)
    return wanted.every((offset, i) => (i % 2 === 0 ? offsets[i] <= offset : offsets[i] >= offset));
  return String(offsets) === String(wanted);
}

function compare({ family, cases }: Family, tokenizer: Tokenizer): void {
  expect(cases.flatMap((one) => differences(tokenizer, one, family)).slice(0, 20)).toEqual([]);
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
        for (const one of run(file)) {
          compare(one, tokenizer);
          const missing = one.cases.filter(({ text }) =>
            tokenizer.missingBytes.some((byte) => Buffer.from(text).includes(byte)),
          );
          expect(missing.length).toBeGreaterThan(100); // the rule of missing bytes is met
        }
      } finally {
        rmSync(folder, { recursive: true });
        gguf.source.close();
      }
    },
    MOST_MILLISECONDS,
  );
});
