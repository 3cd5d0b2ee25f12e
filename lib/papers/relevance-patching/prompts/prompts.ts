import type { Span } from "../../../llm/tokenizer/tokenizer";

/** The order of document, query and instruction in a prompt. */
export const PROMPT_ORDERS = ["DQI", "QDI", "IDQ"] as const;
export type PromptOrder = (typeof PROMPT_ORDERS)[number];

/** What the model is asked: of one document, and of two. @see liuqi6777/llm-relevance, `data_utils.py` */
export const INSTRUCTIONS = {
  pointwise: "Does the document answer the query? Only output 'yes' or 'no'.",
  pairwise: "Is document A more relevant to the query? Only output 'yes' or 'no'.",
} as const;

/** What a prompt is made of. One document: pointwise; two: pairwise. */
export interface PromptFields {
  readonly query: string;
  readonly documents: readonly [string] | readonly [string, string];
  /** Default: that of `INSTRUCTIONS`. */
  readonly instruction?: string;
}

/** Where the fields are. In a text: code units (UTF-16); in a sequence: places of tokens. */
export interface FieldSpans {
  readonly query: Span;
  /** One or two. */
  readonly documents: readonly Span[];
  readonly instruction: Span;
}

/** A paragraph of a prompt: a field behind its label. */
export interface Section {
  /** Ends with a space, or is empty. */
  readonly label: string;
  readonly text: string;
  readonly field: "query" | "document" | "instruction";
}

/** What is between two sections. */
export const SEPARATOR = "\n\n";

/**
 * The paragraphs of a prompt in their order.
 * @throws RangeError for QDI with two documents, which the paper does not have
 * @see the paper's repository: the query comes first only in the pointwise prompt
 */
export function promptSections(order: PromptOrder, fields: PromptFields): Section[] {
  const { query } = fields;
  const documents: readonly string[] = fields.documents;
  const pairwise = documents.length === 2;
  if (pairwise && order === "QDI")
    throw new RangeError(
      "A prompt with two documents has the order DQI or IDQ; QDI is for one document only.",
    );
  const instruction = fields.instruction ?? (pairwise ? INSTRUCTIONS.pairwise : INSTRUCTIONS.pointwise);
  const letters: readonly string[] = pairwise ? [" A", " B"] : [""];
  const sections: Record<string, readonly Section[]> = {
    D: documents.map((text, i) => ({ label: `Document${letters[i]}: `, text, field: "document" })),
    Q: [{ label: "Query: ", text: query, field: "query" }],
    I: [{ label: "", text: instruction, field: "instruction" }],
  };
  return [...order].flatMap((letter) => sections[letter]);
}

/** The text of one prompt, a user's turn, and where its fields are. */
export interface PromptText {
  readonly text: string;
  readonly spans: FieldSpans;
}

/** @throws RangeError as `promptSections` */
export function promptText(order: PromptOrder, fields: PromptFields): PromptText {
  const places: Record<Section["field"], Span[]> = { query: [], document: [], instruction: [] };
  let text = "";
  for (const section of promptSections(order, fields)) {
    if (text !== "") text += SEPARATOR;
    const start = text.length + section.label.length;
    text += section.label + section.text;
    places[section.field].push({ start, end: text.length });
  }
  const { query, document: documents, instruction } = places;
  return { text, spans: { query: query[0], documents, instruction: instruction[0] } };
}
