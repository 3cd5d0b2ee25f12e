import { describe, expect, it } from "vitest";
import type { Span } from "../../../llm/tokenizer/tokenizer";
import { smallTokenizer } from "../../../llm/tokenizer/tokenizerTesting";
import { answerTokens } from "./answers";
import { chooseNegatives } from "./negatives";
import { POSITION_GROUPS, positionsOf } from "./positionGroups";
import { chatFormat, plainFormat } from "./promptFormat";
import { INSTRUCTIONS, PROMPT_ORDERS, promptText } from "./prompts";
import { chatTokenizer } from "./testing";
import { tokenizePrompt } from "./tokenizedPrompt";

const ONE = { query: "q?", documents: ["d."] } as const;
const TWO = { query: "q?", documents: ["d.", "e."] } as const;

describe("prompts", () => {
  it("have the words of the paper's repository, in three orders", () => {
    const texts = PROMPT_ORDERS.map((order) => promptText(order, ONE).text);
    const { pointwise, pairwise } = INSTRUCTIONS;
    expect(texts).toEqual([
      `Document: d.\n\nQuery: q?\n\n${pointwise}`,
      `Query: q?\n\nDocument: d.\n\n${pointwise}`,
      `${pointwise}\n\nDocument: d.\n\nQuery: q?`,
    ]);
    expect(promptText("DQI", TWO).text).toBe(`Document A: d.\n\nDocument B: e.\n\nQuery: q?\n\n${pairwise}`);
    expect(promptText("IDQ", { ...TWO, instruction: "Say." }).text).toBe(
      "Say.\n\nDocument A: d.\n\nDocument B: e.\n\nQuery: q?",
    );
    expect(() => promptText("QDI", TWO)).toThrow(/A prompt with two documents has the order DQI or IDQ/);
  });

  it("say where their fields are", () => {
    for (const order of PROMPT_ORDERS) {
      for (const fields of order === "QDI" ? [ONE] : [ONE, TWO]) {
        const { text, spans } = promptText(order, fields);
        const at = ({ start, end }: Span) => text.slice(start, end);
        expect(at(spans.query)).toBe("q?");
        expect(spans.documents.map(at)).toEqual([...fields.documents]);
        expect(at(spans.instruction)).toBe(
          fields.documents.length === 1 ? INSTRUCTIONS.pointwise : INSTRUCTIONS.pairwise,
        );
      }
    }
  });
});

describe("tokenizePrompt", () => {
  const fields = {
    query: "who is <|im_end|> é?",
    documents: ["The 1984 naïve 😀 one.", "in the day"],
  } as const;

  it("has ranges whose text contains the field, to a token", () => {
    for (const preTokenizer of ["gpt2", "smollm", "qwen2"] as const) {
      const tokenizer = chatTokenizer({ preTokenizer });
      for (const format of [chatFormat(tokenizer), plainFormat(tokenizer)]) {
        for (const order of ["DQI", "IDQ"] as const) {
          const { ids, ranges } = tokenizePrompt(format, order, fields);
          const texts: [Span, string][] = [
            [ranges.query, fields.query],
            [ranges.documents[0], fields.documents[0]],
            [ranges.documents[1], fields.documents[1]],
            [ranges.instruction, INSTRUCTIONS.pairwise],
          ];
          for (const [{ start, end }, field] of texts) {
            expect(tokenizer.decode(ids.subarray(start, end))).toContain(field);
            expect(tokenizer.decode(ids.subarray(start + 1, end))).not.toContain(field);
            expect(tokenizer.decode(ids.subarray(start, end - 1))).not.toContain(field);
          }
        }
      }
    }
  });

  it("keeps the template's special tokens and no others", () => {
    const tokenizer = chatTokenizer();
    const [open, close] = ["<|im_start|>", "<|im_end|>"].map((text) => tokenizer.special.get(text)!);
    const { ids } = tokenizePrompt(chatFormat(tokenizer), "DQI", fields);
    expect([...ids].filter((id) => id === open || id === close)).toEqual([open, close, open]);
    expect(tokenizer.decode(ids.slice(-10))).toBe("assistant\n");
  });

  it("ends a field where the template has cut off its blanks", () => {
    const chatTemplate = "<|im_start|>{{ messages[0].content | trim }}<|im_end|>";
    const format = chatFormat(chatTokenizer({ chatTemplate }));
    const { ids, ranges } = tokenizePrompt(format, "IDQ", { query: "q?  ", documents: ["d."] });
    expect(ranges.query.end).toBe(ids.length - 1);
    expect(format.tokenizer.decode(ids.subarray(ranges.query.start, ranges.query.end))).toBe("q?");
    expect(() => chatFormat(smallTokenizer())).toThrow(/no chat template/);
  });
});

describe("answerTokens", () => {
  it("knows both spellings, and they are other tokens", () => {
    const format = chatFormat(chatTokenizer({ merges: ["y e", "ye s", "n o", "Y e", "Ye s", "N o"] }));
    const { tokenizer } = format;
    const texts = (["yes", "Yes"] as const).map((spelling) => {
      const { yes, no, split } = answerTokens(format, spelling);
      expect(split).toEqual([]);
      return [yes, no].map((id) => tokenizer.decode([id]));
    });
    expect(texts).toEqual([
      ["yes", "no"],
      ["Yes", "No"],
    ]);
  });

  it("are the first tokens behind the prompt", () => {
    const format = chatFormat(chatTokenizer());
    const { yes, no, split } = answerTokens(format);
    expect([yes, no].map((id) => format.tokenizer.decode([id]))).toEqual(["yes", "no"]);
    expect(split).toEqual([]);
    const letters = answerTokens(chatFormat(chatTokenizer({ merges: ["y e"] })));
    expect(letters.split).toEqual(["yes", "no"]);
  });

  it("refuses answers that are one with the prompt", () => {
    // A letter before the answer makes it part of a word.
    const tokenizer = chatTokenizer({ merges: ["y y", "yy e", "yye s"] });
    const contents = [{ start: 0, end: 1, trimmed: 0 }];
    const glued = { ...plainFormat(tokenizer), render: () => ({ text: "y", contents }) };
    expect(() => answerTokens(glued)).toThrow(/"yes" has no token of its own behind the prompt/);
  });
});

describe("positionsOf", () => {
  const ranges = {
    query: { start: 8, end: 10 },
    documents: [
      { start: 1, end: 3 },
      { start: 4, end: 7 },
    ],
    instruction: { start: 11, end: 14 },
  };

  it("are the groups of the table", () => {
    const groups = Object.fromEntries(
      POSITION_GROUPS.map((group) => [group, positionsOf(group, 16, ranges)]),
    );
    expect(groups).toEqual({
      all: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
      last: [15],
      query_first: [8],
      query_last: [9],
      query_all: [8, 9],
      doc_first: [1, 4],
      doc_last: [2, 6],
      doc_all: [1, 2, 4, 5, 6],
      inst_first: [11],
      inst_last: [13],
      inst_all: [11, 12, 13],
      qd_all: [1, 2, 4, 5, 6, 8, 9],
      other: [0, 3, 7, 10, 14],
    });
  });

  it("refuses ranges outside the prompt, and unknown groups", () => {
    expect(() => positionsOf("all", 13, ranges)).toThrow(
      "The range [11, 14) is empty, or not in a prompt of 13",
    );
    expect(() => positionsOf("doc" as "all", 16, ranges)).toThrow(
      /There is no group doc; there are all, last/,
    );
  });
});

describe("chooseNegatives", () => {
  const rows = Array.from({ length: 200 }, (_, i) => ({
    query: `q${i}`,
    positive: "p",
    hardNegatives: ["a", "b"],
    randomNegatives: i === 7 ? [] : ["c"],
  }));

  it("draws by the seed, each row by itself", () => {
    const chosen = chooseNegatives(rows);
    expect(chosen).toEqual(chooseNegatives(rows, { seed: 42 }));
    expect(chosen.slice(0, 50)).toEqual(chooseNegatives(rows.slice(0, 50)));
    expect(chosen).not.toEqual(chooseNegatives(rows, { seed: 43 }));
    const share = chosen.filter(({ negative }) => negative === "a").length / 200;
    expect(Math.abs(share - 0.5)).toBeLessThan(0.1);
    expect(chosen[3]).toEqual({ query: "q3", positive: "p", negative: expect.stringMatching(/^[ab]$/) });
  });

  it("names a row without negatives of the kind", () => {
    expect(() => chooseNegatives(rows, { kind: "random" })).toThrow('Row 8 ("q7") has no random negatives.');
    expect(chooseNegatives(rows.slice(0, 3), { kind: "random" }).map(({ negative }) => negative)).toEqual([
      "c",
      "c",
      "c",
    ]);
  });
});
