import { describe, expect, test } from "vitest";
import { createRandom } from "../../data/random";
import type { ModelPiece } from "./chatModel";
import { type CutPiece, createStopMatcher, cutAtStops } from "./stopStrings";

/** What a matcher hands on in all, and what stopped it. */
function match(parts: readonly string[], stops: readonly string[]): [string, string | undefined] {
  const matcher = createStopMatcher(stops);
  const text = parts.map((part) => matcher.push(part)).join("");
  return [text + matcher.flush(), matcher.stopped];
}

describe("createStopMatcher", () => {
  test.each<[string, string[], string[], string, string | undefined]>([
    ["none", ["abc"], [], "abc", undefined],
    ["in one part", ["ab<end>cd"], ["<end>"], "ab", "<end>"],
    ["over three parts", ["ab<e", "n", "d>cd"], ["<end>"], "ab", "<end>"],
    ["what only began is text", ["ab<e", "x"], ["<end>"], "ab<ex", undefined],
    ["what only began at the end is text", ["ab<en"], ["<end>"], "ab<en", undefined],
    ["the first of two", ["a.b\nc"], ["\n", "."], "a", "."],
    ["the one that is complete first", ["xabc"], ["abcd", "b"], "xa", "b"],
    ["of two that end together the longer", ["xabc"], ["bc", "abc"], "x", "abc"],
    ["one that overlaps itself", ["aaab"], ["aab"], "a", "aab"],
    ["at the very beginning", ["<end>"], ["<end>"], "", "<end>"],
  ])("%s", (_, parts, stops, text, stopped) => {
    expect(match(parts, stops)).toEqual([text, stopped]);
  });

  test("holds back no more than may become a stop string", () => {
    const matcher = createStopMatcher(["<end>"]);
    expect(matcher.push("ab<e")).toBe("ab");
    expect(matcher.push("x<")).toBe("<ex");
    expect(matcher.push("b")).toBe("<b");
  });

  test("is the same however the text is cut", () => {
    const random = createRandom(7);
    const letters = (n: number) => Array.from({ length: n }, () => "ab<"[random.integer(3)]).join("");
    for (let round = 0; round < 2_000; round++) {
      const stops = Array.from({ length: 1 + random.integer(3) }, () => letters(1 + random.integer(4)));
      const text = letters(20);
      const parts: string[] = [];
      for (let at = 0; at < text.length; ) {
        const next = at + random.integer(4);
        parts.push(text.slice(at, next));
        at = next;
      }
      expect(match(parts, stops)).toEqual(match([text], stops));
      expect(match([...text], stops)).toEqual(match([text], stops));
    }
  });

  test("refuses an empty stop string", () => {
    expect(() => createStopMatcher(["a", ""])).toThrow("A stop string must not be empty");
  });
});

/** Pieces of one token each, with its log-probability; the last one finishes. */
async function* written(tokens: readonly string[], onEnd = () => {}): AsyncGenerator<ModelPiece> {
  try {
    for (const [k, token] of tokens.entries())
      yield {
        text: token,
        usage: { promptTokens: 3, completionTokens: k + 1 },
        logprobs: [{ token, logprob: -k, top: [] }],
        ...(k === tokens.length - 1 ? { finishReason: "length" as const } : {}),
      };
  } finally {
    onEnd();
  }
}

async function cut(tokens: readonly string[], stops: readonly string[]): Promise<CutPiece[]> {
  const pieces: CutPiece[] = [];
  for await (const piece of cutAtStops(written(tokens), stops)) pieces.push(piece);
  return pieces;
}

describe("cutAtStops", () => {
  test("keeps log-probabilities with their text, and drops those beyond the cut", async () => {
    const pieces = await cut(["a", "b<", "en", "d>", "c"], ["<end>"]);
    expect(pieces.map(({ text }) => text)).toEqual(["a", "b", "", ""]);
    expect(pieces.map(({ logprobs = [] }) => logprobs.map(({ token }) => token))).toEqual([
      ["a"],
      [],
      [],
      ["b<"],
    ]);
    const last = pieces[pieces.length - 1];
    expect(last).toMatchObject({ finishReason: "stop", stopString: "<end>" });
    expect(last.usage).toEqual({ promptTokens: 3, completionTokens: 4 });
  });

  test("hands on what was held back when the model ends by itself", async () => {
    const pieces = await cut(["a", "<e"], ["<end>"]);
    expect(pieces.map(({ text }) => text)).toEqual(["a", "<e"]);
    expect(pieces[1].finishReason).toBe("length");
    expect(pieces[1].stopString).toBeUndefined();
    expect(pieces.flatMap(({ logprobs = [] }) => logprobs.map(({ token }) => token))).toEqual(["a", "<e"]);
  });

  test("tells the model to end", async () => {
    let ended = false;
    const pieces = written(["a", ".", "b", "c"], () => {
      ended = true;
    });
    for await (const { finishReason } of cutAtStops(pieces, ["."])) if (finishReason) break;
    expect(ended).toBe(true);
  });

  test("a model that ends without saying why is at fault", async () => {
    async function* silent(): AsyncGenerator<ModelPiece> {
      yield { text: "a", usage: { promptTokens: 1, completionTokens: 1 } };
    }
    const all = async () => {
      for await (const _ of cutAtStops(silent(), []));
    };
    await expect(all()).rejects.toThrow("The model ended without a finish reason.");
  });
});
