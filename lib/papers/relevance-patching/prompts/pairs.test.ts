import { describe, expect, it } from "vitest";
import { findManifest } from "../../../data/manifest";
import { createRandom } from "../../../data/random";
import { readRelevanceRows } from "../../../data/relevanceRows";
import { dataFolders, requireDataset } from "../../../data/store";
import { fileSource, openGguf } from "../../../llm/files";
import { ggufTokenizer } from "../../../llm/tokenizer/ggufTokenizer";
import { fixedLengthPairwisePair, fixedLengthPointwisePair, fixedLengthPrompt } from "./fixedLengthPairs";
import { chooseNegatives, type RelevanceTriple } from "./negatives";
import { AlignmentError, type PromptPair, pairwisePair, pointwisePair } from "./pairs";
import { chatFormat, plainFormat } from "./promptFormat";
import { PROMPT_ORDERS } from "./prompts";
import { chatTokenizer } from "./testing";

/** Under qwen2 the full stop is one token with the two new lines behind it. */
const FORMATS = [
  plainFormat(chatTokenizer()),
  chatFormat(chatTokenizer({ preTokenizer: "smollm" })),
  chatFormat(chatTokenizer({ preTokenizer: "qwen2", merges: ["Ċ Ċ", ". ĊĊ", "Ġ t", "h e", "Ġt he"] })),
];

const WORDS = ["the", "day", "in", "1984", "naïve", "😀", "on", "a", "error", "x;"];

function triples(count: number, seed: number): RelevanceTriple[] {
  const random = createRandom(seed);
  const text = (least: number) =>
    `${Array.from({ length: least + random.integer(20) }, () => WORDS[random.integer(WORDS.length)]).join(" ")}.`;
  return Array.from({ length: count }, () => ({ query: text(1), positive: text(3), negative: text(3) }));
}

/** Positions at which the two prompts differ, outside the documents' ranges and in them. */
function differences({ clean, corrupted, ranges }: PromptPair): { outside: number[]; inside: number[] } {
  const different = [...clean.keys()].filter((i) => clean[i] !== corrupted[i]);
  const isInside = (i: number) => ranges.documents.some(({ start, end }) => i >= start && i < end);
  return {
    outside: different.filter((i) => !isInside(i)),
    inside: different.filter(isInside),
  };
}

describe("pointwisePair", () => {
  it("has prompts of one length, that of the shorter, which differ in the document but for its last token", () => {
    for (const format of FORMATS) {
      for (const order of PROMPT_ORDERS) {
        for (const triple of triples(6, 1)) {
          const pair = pointwisePair(format, order, triple);
          const { clean, corrupted, ranges } = pair;
          const [{ start, end }] = ranges.documents;
          expect(corrupted.length).toBe(clean.length);
          const { outside, inside } = differences(pair);
          expect(outside).toEqual([]);
          expect(inside).not.toContain(end - 1);
          const texts = [clean, corrupted].map((ids) => format.tokenizer.decode(ids.subarray(start, end)));
          const kept = texts.map((text) => text.replace(/\ufffd*\.\s*$/, "").trim());
          expect(triple.positive.startsWith(kept[0])).toBe(true);
          expect(triple.negative.startsWith(kept[1])).toBe(true);
          // The shorter one is whole.
          expect(texts[0].includes(triple.positive) || texts[1].includes(triple.negative)).toBe(true);
          const queryOf = (ids: Int32Array) =>
            format.tokenizer.decode(ids.subarray(ranges.query.start, ranges.query.end));
          expect(queryOf(clean)).toContain(triple.query);
          expect(queryOf(corrupted)).toContain(triple.query);
        }
      }
    }
  });

  it("takes the shorter prompt as the template, whichever it is", () => {
    const format = plainFormat(chatTokenizer({ merges: ["z z"] }));
    const pairOf = (positive: string, negative: string) => {
      const { clean, corrupted, ranges } = pointwisePair(format, "DQI", { query: "q", positive, negative });
      const [{ start, end }] = ranges.documents;
      return [clean, corrupted].map((ids) => format.tokenizer.decode(ids.subarray(start, end)));
    };
    // A letter is a token, and so is the space before a word.
    expect(pairOf("bcd.", "fghijk!")).toEqual(["bcd.", "fgh."]);
    expect(pairOf("fghijk!", "bcd.")).toEqual(["fgh.", "bcd."]);
    expect(pairOf("bcd.", "fgh!")).toEqual(["bcd.", "fgh."]);
  });

  it("refuses a document of one token", () => {
    const format = plainFormat(chatTokenizer({ merges: ["Ġ z"] }));
    const of = () => pointwisePair(format, "DQI", { query: "q", positive: "z", negative: "abc" });
    expect(of).toThrow(AlignmentError);
    expect(of).toThrow("A document of a single token leaves nothing for the prompts to differ in.");
  });
});

/** Undefined where the prompts cannot be laid over each other. */
function pairwiseOrNone(...parameters: Parameters<typeof pairwisePair>): PromptPair | undefined {
  try {
    return pairwisePair(...parameters);
  } catch (error) {
    if (error instanceof AlignmentError) return undefined;
    throw error;
  }
}

describe("pairwisePair", () => {
  it("has the two documents, cut to one length, in both orders", () => {
    for (const format of FORMATS) {
      for (const order of ["DQI", "IDQ"] as const) {
        let aligned = 0;
        for (const triple of triples(8, 2)) {
          const pair = pairwiseOrNone(format, order, triple);
          if (pair === undefined) continue;
          aligned++;
          const { clean, corrupted, ranges } = pair;
          expect(corrupted.length).toBe(clean.length);
          const lengths = ranges.documents.map(({ start, end }) => end - start);
          expect(lengths[0]).toBe(lengths[1]);
          const textsOf = (ids: Int32Array) =>
            ranges.documents.map(({ start, end }) =>
              format.tokenizer.decode(ids.subarray(start, end)).trim(),
            );
          const common = (text: string, document: string) => text.slice(0, 3) === document.slice(0, 3);
          const [a, b] = textsOf(clean);
          expect(common(a, triple.positive) && common(b, triple.negative)).toBe(true);
          const swapped = format.tokenizer.decode(corrupted);
          expect(swapped).toContain(`Document A: ${b.slice(0, 3)}`);
          expect(swapped).toContain(`Document B: ${a.slice(0, 3)}`);
          const whole = format.tokenizer.decode(clean);
          expect(whole.includes(triple.positive) || whole.includes(triple.negative)).toBe(true);
        }
        expect(aligned).toBeGreaterThanOrEqual(6);
      }
    }
  });

  it("differs in documents only, where both have as many tokens as before the cut", () => {
    const [format] = FORMATS;
    const pair = pairwisePair(format, "DQI", { query: "q?", positive: "bcdef.", negative: "vwxyzabc." });
    expect(differences(pair).outside).toEqual([]);
    const text = format.tokenizer.decode(pair.clean);
    expect(text).toContain("Document A: bcdef.\n\nDocument B: vwxyza\n\nQuery: q?");
    expect(format.tokenizer.decode(pair.corrupted)).toContain("Document A: vwxyza\n\nDocument B: bcdef.\n\n");
  });

  it("leaves out a character that the cut has parted", () => {
    const [format] = FORMATS;
    const pair = pairwisePair(format, "DQI", {
      query: "q?",
      positive: "bcde.",
      negative: "v漢字 and so on.",
    });
    expect(format.tokenizer.decode(pair.clean)).toContain("Document B: v漢\n\n");
  });
});

describe("fixed lengths", () => {
  const lengths = { query: 5, document: 12 };

  it("put every field at one place", () => {
    for (const format of FORMATS) {
      const places = triples(10, 3).map((triple) => {
        const pair = fixedLengthPointwisePair(format, "DQI", triple, lengths);
        expect(pair.corrupted.length).toBe(pair.clean.length);
        expect(differences(pair).outside).toEqual([]);
        return { ranges: pair.ranges, length: pair.clean.length };
      });
      for (const place of places) expect(place).toEqual(places[0]);
      const { query, documents } = places[0].ranges;
      expect([query.end - query.start, documents[0].end - documents[0].start]).toEqual([5, 12]);
      const swapped = fixedLengthPairwisePair(format, "IDQ", triples(1, 4)[0], lengths);
      const [a, b] = swapped.ranges.documents;
      expect([...swapped.clean.subarray(a.start, a.end)]).toEqual([
        ...swapped.corrupted.subarray(b.start, b.end),
      ]);
      expect([...swapped.clean.subarray(b.start, b.end)]).toEqual([
        ...swapped.corrupted.subarray(a.start, a.end),
      ]);
      expect(differences(swapped).outside).toEqual([]);
    }
  });

  it("cut what is longer and repeat what is shorter", () => {
    const format = plainFormat(chatTokenizer({ merges: ["Ġ z"] }));
    const fields = { query: "abc", documents: ["defghijklmnop"], instruction: "Go." } as const;
    const { ids } = fixedLengthPrompt(format, "DQI", fields, { query: 7, document: 4 });
    expect(format.tokenizer.decode(ids)).toBe("Document: def\n\nQuery: abc ab\n\nGo.");
    const standard = fixedLengthPrompt(format, "QDI", fields).ranges;
    expect(standard.query.end - standard.query.start).toBe(5);
    expect(standard.documents[0].end - standard.documents[0].start).toBe(100);
    expect(() => fixedLengthPrompt(format, "DQI", fields, { query: 0 })).toThrow(
      "A field has a whole number of tokens from 1 on, not 0.",
    );
  });
});

const SMOLLM2 = process.env["REPRISE_SMOLLM2"];

describe.runIf(SMOLLM2 !== undefined && dataFolders().given !== undefined)("the authors' rows", () => {
  it("make pairs with SmolLM2's tokenizer", async () => {
    const source = fileSource(SMOLLM2!);
    const format = chatFormat(ggufTokenizer(openGguf(source)));
    source.close();
    for (const name of ["llm-relevance-msmarco", "llm-relevance-nq"]) {
      const located = await requireDataset(findManifest(name));
      const rows = chooseNegatives(await readRelevanceRows(located.paths.relevance!)).slice(0, 40);
      for (const order of PROMPT_ORDERS) {
        const outside = rows.flatMap((row) => differences(pointwisePair(format, order, row)).outside);
        expect(outside).toEqual([]);
      }
      for (const order of ["DQI", "IDQ"] as const) {
        const pairs = rows.flatMap((row) => pairwiseOrNone(format, order, row) ?? []);
        expect(pairs.length).toBeGreaterThanOrEqual(36);
      }
    }
  });
});
