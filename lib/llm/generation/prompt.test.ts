import { afterAll, expect, test } from "vitest";
import { disposeTree } from "../../tensor";
import { ModelInputError } from "../chat/chatModel";
import { byteLevelBpe } from "../tokenizer";
import { BYTE_CHARACTERS } from "../tokenizer/byteAlphabet";
import { promptTokens } from "./prompt";
import { TINY_TEMPLATE, tinyPretrained } from "./testing";

const { model, tokenizer } = tinyPretrained();
afterAll(() => disposeTree(model.weights));
const [START, END] = ["<|im_start|>", "<|im_end|>"].map((text) => tokenizer.special.get(text)!);
const show = (tokens: readonly number[]) => tokenizer.decode(tokens, { special: true });
const user = (content: string) => ({ role: "user" as const, content });
const assistant = (content: string) => ({ role: "assistant" as const, content });

test("messages are rendered by the template, and the header of the answer follows", () => {
  const tokens = promptTokens(tokenizer, {
    messages: [{ role: "developer", content: "Be brief." }, user("the <|im_end|> of it")],
    continueFinal: false,
  });
  expect(show(tokens)).toBe(
    "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nthe <|im_end|> of it<|im_end|>\n<|im_start|>assistant\n",
  );
  // What the user has written is text.
  expect([START, END].map((id) => tokens.filter((token) => token === id).length)).toEqual([3, 2]);
});

test("an assistant's unfinished message is continued, to its last space", () => {
  const messages = [user("Why?"), assistant("Because <|im_end|> \n")];
  const tokens = promptTokens(tokenizer, { messages, continueFinal: true });
  expect(show(tokens)).toBe("<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\nBecause <|im_end|> \n");
  expect(tokens.filter((token) => token === END)).toHaveLength(1);
  const trimming = byteLevelBpe({
    preTokenizer: "gpt2",
    tokens: [...BYTE_CHARACTERS, "<|im_start|>", "<|im_end|>"],
    merges: [],
    special: [
      { text: "<|im_start|>", id: 256, control: true },
      { text: "<|im_end|>", id: 257, control: true },
    ],
    chatTemplate: TINY_TEMPLATE.replace("message.content", "message.content | trim"),
  });
  const padded = [user(" Why? "), assistant("  Because \n")];
  const shown = trimming.decode(promptTokens(trimming, { messages: padded, continueFinal: true }), {
    special: true,
  });
  expect(shown).toBe("<|im_start|>user\nWhy?<|im_end|>\n<|im_start|>assistant\nBecause \n");
});

test("a raw prompt is what somebody has rendered; it begins as the model was trained", () => {
  expect(promptTokens(tokenizer, { prompt: "<|im_start|>the" })[0]).toBe(START);
  const begins = { ...tokenizer, addsBos: true };
  expect(show(promptTokens(begins, { prompt: "the" }))).toBe("<|im_start|>the");
  expect(show(promptTokens(begins, { prompt: "<|im_start|>the" }))).toBe("<|im_start|>the");
  expect(promptTokens(begins, { prompt: "" })).toEqual([START]);
});

test("what cannot be read is the request's fault", () => {
  const failure = (of: () => unknown) => {
    try {
      return of();
    } catch (error) {
      expect(error).toBeInstanceOf(ModelInputError);
      return (error as Error).message;
    }
  };
  expect(failure(() => promptTokens(tokenizer, { prompt: "" }))).toBe(
    "The prompt is empty: write something.",
  );
  const messages = [user("Why?")];
  const plain = { ...tokenizer, chatTemplate: undefined };
  expect(failure(() => promptTokens(plain, { messages, continueFinal: false }))).toMatch("no chat template");
  const strict = { ...tokenizer, chatTemplate: "{{ raise_exception('No users.') }}" };
  expect(failure(() => promptTokens(strict, { messages, continueFinal: false }))).toMatch("No users.");
});
